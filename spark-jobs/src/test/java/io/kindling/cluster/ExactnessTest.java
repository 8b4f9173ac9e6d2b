package io.kindling.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.kindling.cluster.Cell.Accident;
import io.kindling.cluster.Cell.Capped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * One table, model x cluster x mode x accident: each model has one hash of weights and one list of
 * losses. The ordinary build runs a few of its cells; {@code -Pclusters} runs all and prints the
 * table of RESULTS.md.
 */
@DisplayName("The weights and the losses are the same bits")
class ExactnessTest {
  /** The models, a regular expression, all of whose cells are run. */
  private static final String ALL = System.getProperty("kindling.test.clusters", "");

  /** Of their cells, words and mode, those that are run; a regular expression. */
  private static final String CELLS = System.getProperty("kindling.test.cells", ".*");

  private static final Duration RUN = Duration.ofSeconds(180);

  private static final String AVX2 = "-Dkindling.isa=avx2";

  @TempDir static Path dir;
  private static final Map<Integer, StandaloneCluster> CLUSTERS = new TreeMap<>();

  /** The hash and the losses of a model's runs; more than one is the failure that is looked for. */
  private static final Map<Model, List<Result>> RESULTS = new LinkedHashMap<>();

  private static int runs;

  private record Result(String weights, List<String> losses) {}

  private enum Model {
    MLP("MLP", Models.SmallMlp.class),
    LENET("LeNet", Models.SmallLeNet.class),
    RESIDUAL("residual net with batch norm", Models.ResidualNet.class),
    DROPOUT("dropout", Models.DropoutNet.class),
    FEW(
        "dropout, 17 examples over 8 shards",
        Models.DropoutNet.class,
        "data.limit=17",
        "train.batch_size=5",
        "train.epochs=4"),
    LAST_OF_ONE("batch norm, a last batch of 1", Models.ResidualNet.class, "data.limit=97"),
    ACCUMULATED("dropout, two batches a step", Models.DropoutNet.class, "train.accumulate=2"),
    CLIPPED(
        "LeNet, clipping, warm-up and cosine",
        Models.SmallLeNet.class,
        "train.clip_norm=0.5",
        "schedule={name: cosine, steps: 16, warmup_steps: 4}"),
    DECAYED(
        "LeNet, weight decay but for biases, a frozen layer",
        Models.SmallLeNet.class,
        "optimizer={name: adam, lr: 0.01, weight_decay: 0.1, no_decay: [bias]}",
        "model.frozen=[conv1]"),
    AVX2("MLP on AVX2", Models.SmallMlp.class);

    private final String words;
    private final Class<?> type;
    private final String[] settings;

    Model(String words, Class<?> type, String... settings) {
      this.words = words;
      this.type = type;
      this.settings = settings;
    }
  }

  private static final List<Cell> FAST =
      List.of(
          Cell.local("local[1]", 1, Accident.NONE),
          Cell.local("local[2]", 3, Accident.TASK_THROWS));

  private static final Cell FAST_CLUSTER = Cell.cluster(2, 2, Accident.EXECUTOR_KILLED, "");

  private static List<Cell> cells(Model model) {
    if (model == Model.AVX2) { // No cell of this process, whose kernels are chosen already.
      return model.name().matches(ALL) ? capped() : List.of();
    }
    if (model.name().matches(ALL)) {
      return all();
    }
    List<Cell> cells = new ArrayList<>(ALL.isEmpty() ? FAST : List.of());
    if (ALL.isEmpty() && model == Model.RESIDUAL) {
      cells.add(FAST_CLUSTER);
    }
    return cells;
  }

  private static List<Cell> all() {
    List<Cell> cells = new ArrayList<>(FAST);
    for (int partitions : new int[] {1, 2, 3, 5, 8}) {
      cells.add(Cell.local("local[2]", partitions, Accident.NONE));
    }
    cells.add(Cell.cluster(2, 2, Accident.NONE, ""));
    cells.add(Cell.cluster(2, 2, Accident.TASK_THROWS, ""));
    cells.add(Cell.cluster(2, 2, Accident.EXECUTOR_KILLED, ""));
    cells.add(Cell.cluster(2, 2, Accident.WORKER_REPLACED, ""));
    cells.add(Cell.cluster(2, 2, Accident.DRIVER_KILLED, ""));
    cells.add(Cell.stopped(2, 0));
    cells.add(Cell.stopped(16, 2));
    cells.add(Cell.stopped(30, 3));
    cells.add(Cell.cluster(3, 3, Accident.NONE, ""));
    cells.add(Cell.cluster(3, 8, Accident.EXECUTOR_KILLED, ""));
    cells.add(Cell.cluster(3, 5, Accident.NONE, SPECULATION));
    cells.add(Cell.cluster(3, 2, Accident.EXECUTORS_LEAVE_AND_JOIN, DYNAMIC));
    return cells;
  }

  private static List<Cell> capped() {
    return List.of(
        Cell.capped(Capped.CONFIGURATION, Accident.NONE),
        Cell.capped(Capped.DRIVER, Accident.NONE),
        Cell.capped(Capped.EXECUTORS, Accident.NONE),
        Cell.capped(Capped.EXECUTORS, Accident.EXECUTOR_KILLED));
  }

  /** Speculates for any task that takes longer than half of the others. */
  private static final String SPECULATION =
      "spark.speculation=true spark.speculation.interval=10ms spark.speculation.multiplier=1.01"
          + " spark.speculation.quantile=0.5 spark.speculation.minTaskRuntime=0ms";

  /** Begins with an executor on each worker, and keeps none that is idle for a second. */
  private static final String DYNAMIC =
      "spark.dynamicAllocation.enabled=true spark.dynamicAllocation.shuffleTracking.enabled=true"
          + " spark.dynamicAllocation.initialExecutors=3 spark.dynamicAllocation.minExecutors=1"
          + " spark.dynamicAllocation.executorIdleTimeout=1s"
          + " spark.dynamicAllocation.cachedExecutorIdleTimeout=1s";

  @AfterAll
  static void stop() {
    CLUSTERS.values().forEach(StandaloneCluster::close);
    if (!ALL.isEmpty()) {
      System.out.println(
          "| model | runs | distinct weights_sha256 | distinct losses | weights_sha256 |");
      System.out.println("|---|---|---|---|---|");
      RESULTS.forEach((model, results) -> System.out.println(line(model, results)));
    }
  }

  private static String line(Model model, List<Result> results) {
    return String.format(
        "| %s | %d | %d | %d | `%.16s…` |",
        model.words,
        results.size(),
        results.stream().map(Result::weights).distinct().count(),
        results.stream().map(Result::losses).distinct().count(),
        results.get(0).weights());
  }

  @TestFactory
  @DisplayName("for")
  Stream<DynamicContainer> matrix() {
    return Arrays.stream(Model.values()).map(ExactnessTest::row);
  }

  private static DynamicContainer row(Model model) {
    return dynamicContainer(
        model.words,
        cells(model).stream()
            .flatMap(
                cell ->
                    cell.modes().stream()
                        .filter(mode -> (cell.words() + mode).matches(CELLS))
                        .map(
                            mode ->
                                dynamicTest(cell.words() + mode, () -> check(model, cell, mode)))));
  }

  private static void check(Model model, Cell cell, String mode) throws IOException {
    List<Result> results = RESULTS.computeIfAbsent(model, m -> new ArrayList<>());
    Path output = dir.resolve(model + "-" + runs++);
    TrainingRun run =
        TrainingRun.of(dir.resolve("digits"), model.type, model.settings)
            .with(
                "data.partitions=" + cell.partitions(), "train.slot_timeout=" + cell.slotTimeout())
            .with(mode.split(" "));
    if (cell.capped() == Capped.CONFIGURATION) {
      run = run.with("engine.isa=avx2");
    }
    long start = System.nanoTime();
    RunOutput left = cell.workers() == 0 ? local(run, cell, output) : cluster(run, cell, output);
    results.add(new Result(left.weightsSha256(), left.losses()));
    if (!ALL.isEmpty()) {
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf("%s: %s%s: %.1f s%n", model.words, cell.words(), mode, seconds);
    }
    assertEquals(64, left.weightsSha256().length());
    assertFalse(left.losses().isEmpty());
    assertEquals(results.get(0), results.get(results.size() - 1));
    requireOwn(model, left.weightsSha256());
    if (cell.capped() != Capped.NOTHING) {
      assertEquals("avx2", left.status().at("/kernels/isa").asText());
    }
  }

  /** What a row is about has an effect: no other row has its bits. */
  private static void requireOwn(Model model, String weights) {
    RESULTS.forEach(
        (other, results) -> {
          boolean may = other == model || model == Model.AVX2 || other == Model.AVX2;
          assertFalse(
              !may && results.get(0).weights().equals(weights), () -> model + " as " + other);
        });
  }

  private static RunOutput local(TrainingRun run, Cell cell, Path output) throws IOException {
    Path faults = output.resolveSibling(output.getFileName() + "-faults");
    if (cell.accident() == Accident.TASK_THROWS) {
      Fault.set(Fault.Kind.THROW, cell.at(), faults);
    }
    try {
      RunOutput left = run.local(cell.master().replace("]", ",4]"), output);
      requireHappened(cell, faults);
      return left;
    } finally {
      Fault.clear();
    }
  }

  private static void requireHappened(Cell cell, Path faults) {
    assertEquals(
        cell.accident() != Accident.NONE, Files.exists(Fault.reached(faults)), "the accident");
  }

  private static RunOutput cluster(TrainingRun run, Cell cell, Path output) throws IOException {
    StandaloneCluster cluster = started(cell.workers());
    String name = output.getFileName().toString();
    Path faults = output.resolveSibling(name + "-faults");
    List<String> conf = conf(cell);
    String options = executorOptions(cell, faults);
    if (cell.hasDriverHere()) {
      conf.addAll(0, StandaloneCluster.conf(options));
      conf.add("spark.jars=" + ApplicationJar.get());
      RunOutput left = run.local(cluster.url(), output, conf);
      requireHappened(cell, faults);
      return left;
    }
    List<String> command = run.command(output);
    List<String> ours = cell.capped() == Capped.DRIVER ? List.of(AVX2) : List.of();
    JavaProcess driver = cluster.submit(name, ours, options, conf, command);
    switch (cell.accident()) {
      case NONE, TASK_THROWS, EXECUTOR_KILLED -> {}
      case WORKER_REPLACED -> {
        awaitReached(driver, faults);
        cluster.replaceWorker();
        Fault.go(faults);
      }
      case DRIVER_KILLED -> {
        awaitReached(driver, faults);
        driver.kill();
        Fault.go(faults);
        driver = cluster.submit(name + "-again", ours, options, conf, command);
      }
      case STOPPED -> {
        awaitReached(driver, faults);
        driver.stop(() -> Fault.go(faults));
        assertEquals(75, driver.awaitEnd(RUN), driver::tail);
        driver = cluster.submit(name + "-again", ours, options, conf, command);
        driver.awaitLine("going on after step", RUN);
      }
      case EXECUTORS_LEAVE_AND_JOIN -> {
        cluster.awaitExecutors(3);
        awaitReached(driver, faults);
        JavaProcess.await("an executor to leave", RUN, () -> cluster.executors().size() == 2);
        cluster.executors().get(0).destroyForcibly();
        driver.awaitLine("Registered executor .* ID 3,", RUN);
        Fault.go(faults);
      }
    }
    assertEquals(0, driver.awaitEnd(RUN), driver::tail);
    requireHappened(cell, faults);
    return new RunOutput(output);
  }

  private static void awaitReached(JavaProcess driver, Path faults) {
    JavaProcess.await(
        "the fault to be reached",
        RUN,
        () -> Files.exists(Fault.reached(faults)) || !driver.isAlive());
    assertTrue(driver.isAlive(), driver::tail);
  }

  private static List<String> conf(Cell cell) {
    List<String> conf = new ArrayList<>();
    if (!cell.conf().isEmpty()) {
      conf.addAll(List.of(cell.conf().split(" ")));
    }
    conf.add("spark.cores.max=" + cell.workers());
    conf.add("spark.scheduler.minRegisteredResourcesRatio=1.0");
    return conf;
  }

  private static String executorOptions(Cell cell, Path faults) throws IOException {
    String fault =
        switch (cell.accident()) {
          case NONE -> "";
          case TASK_THROWS -> Fault.option(Fault.Kind.THROW, cell.at(), faults);
          case EXECUTOR_KILLED -> Fault.option(Fault.Kind.KILL, cell.at(), faults);
          case WORKER_REPLACED, DRIVER_KILLED, STOPPED, EXECUTORS_LEAVE_AND_JOIN ->
              Fault.option(Fault.Kind.WAIT, cell.at(), faults);
        };
    return cell.capped() == Capped.EXECUTORS ? AVX2 + " " + fault : fault;
  }

  private static StandaloneCluster started(int workers) throws IOException {
    StandaloneCluster cluster = CLUSTERS.get(workers);
    if (cluster == null) {
      cluster = StandaloneCluster.start(dir.resolve("cluster" + workers), workers);
      CLUSTERS.put(workers, cluster);
    }
    return cluster;
  }
}
