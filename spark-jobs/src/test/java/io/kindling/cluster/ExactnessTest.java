package io.kindling.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.kindling.conf.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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

  private static final Duration RUN = Duration.ofSeconds(120);

  /** The forward of a process at which an accident happens: in the middle of an early step. */
  private static final int AT = 15;

  @TempDir static Path dir;
  private static final Map<Integer, StandaloneCluster> CLUSTERS = new TreeMap<>();

  /** The hash and the losses of a model's runs; more than one is the failure that is looked for. */
  private static final Map<Model, List<Result>> RESULTS = new LinkedHashMap<>();

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
    LAST_OF_ONE("batch norm, a last batch of 1", Models.ResidualNet.class, "data.limit=97");

    private final String words;
    private final Class<?> type;
    private final String[] settings;

    Model(String words, Class<?> type, String... settings) {
      this.words = words;
      this.type = type;
      this.settings = settings;
    }
  }

  private enum Accident {
    NONE,
    TASK_THROWS,
    EXECUTOR_KILLED,
    WORKER_REPLACED,
    DRIVER_KILLED
  }

  /** Where and how; 0 workers is a session in this process. */
  private record Cell(
      String words, int workers, String master, int partitions, Accident accident, String conf) {

    /** How long resident tasks wait for slots: not at all where there are too few. */
    int slotTimeout() {
      int slots = workers > 0 ? workers : master.contains("[1") ? 1 : 2;
      return partitions > slots ? 1 : 30;
    }

    static Cell local(String master, int partitions, Accident accident) {
      String words = master + ", " + partitions + " partitions" + words(accident);
      return new Cell(words, 0, master.replace("]", ",4]"), partitions, accident, "");
    }

    static Cell cluster(int workers, int partitions, Accident accident, String conf) {
      String words =
          String.format(
              "%d executor processes, %d partitions%s%s",
              workers, partitions, words(accident), conf.isEmpty() ? "" : ", " + conf);
      return new Cell(words, workers, "", partitions, accident, conf);
    }

    private static String words(Accident accident) {
      return accident == Accident.NONE
          ? ""
          : ", " + accident.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  private static final List<Cell> FAST =
      List.of(
          Cell.local("local[1]", 1, Accident.NONE),
          Cell.local("local[2]", 3, Accident.TASK_THROWS));

  private static final Cell FAST_CLUSTER = Cell.cluster(2, 2, Accident.EXECUTOR_KILLED, "");

  private static List<Cell> cells(Model model) {
    List<Cell> cells = new ArrayList<>(FAST);
    if (model.name().matches(ALL)) {
      for (int partitions : new int[] {1, 2, 3, 5, 8}) {
        cells.add(Cell.local("local[2]", partitions, Accident.NONE));
      }
      for (Accident accident : Accident.values()) {
        cells.add(Cell.cluster(2, 2, accident, ""));
      }
      cells.add(Cell.cluster(3, 3, Accident.NONE, ""));
      cells.add(Cell.cluster(3, 8, Accident.EXECUTOR_KILLED, ""));
      cells.add(Cell.cluster(3, 5, Accident.NONE, SPECULATION));
    } else if (model == Model.RESIDUAL) {
      cells.add(FAST_CLUSTER);
    }
    return cells;
  }

  /** Speculates for any task that takes longer than half of the others. */
  private static final String SPECULATION =
      "spark.speculation=true spark.speculation.interval=10ms spark.speculation.multiplier=1.01"
          + " spark.speculation.quantile=0.5 spark.speculation.minTaskRuntime=0ms";

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
                    modes()
                        .map(
                            mode ->
                                dynamicTest(cell.words() + mode, () -> check(model, cell, mode)))));
  }

  /** The values of the keys that decide how a step runs and not what it gives. */
  private static Stream<String> modes() {
    return axis("sync").flatMap(sync -> axis("reduce").map(reduce -> sync + reduce));
  }

  /** One empty text where the configuration has no such key. */
  private static Stream<String> axis(String key) {
    return Arrays.stream(TrainConfig.class.getRecordComponents())
        .filter(component -> component.getName().equals(key))
        .findAny()
        .map(
            component ->
                Arrays.stream(component.getType().getEnumConstants())
                    .map(value -> value.toString().toLowerCase(Locale.ROOT))
                    .filter(value -> !value.equals("auto"))
                    .map(value -> " train." + key + "=" + value))
        .orElse(Stream.of(""));
  }

  private static void check(Model model, Cell cell, String mode) throws IOException {
    List<Result> results = RESULTS.computeIfAbsent(model, m -> new ArrayList<>());
    Path output = dir.resolve(model + "-" + results.size());
    TrainingRun run =
        TrainingRun.of(dir.resolve("digits"), model.type, model.settings)
            .with(
                "data.partitions=" + cell.partitions(), "train.slot_timeout=" + cell.slotTimeout());
    if (!mode.isEmpty()) {
      run = run.with(mode.strip().split(" "));
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
  }

  private static RunOutput local(TrainingRun run, Cell cell, Path output) throws IOException {
    Path faults = output.resolveSibling(output.getFileName() + "-faults");
    if (cell.accident() == Accident.TASK_THROWS) {
      Fault.set(Fault.Kind.THROW, AT, faults);
    }
    try {
      RunOutput left = run.local(cell.master(), output);
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
    String options = fault(cell, faults);
    if (cell.workers() == 3) { // the other cluster has drivers that are processes of their own
      conf.addAll(0, StandaloneCluster.conf(options));
      RunOutput left = run.local(cluster.url(), output, conf);
      requireHappened(cell, faults);
      return left;
    }
    List<String> command = run.command(output);
    JavaProcess driver = cluster.submit(name, List.of(), options, conf, command);
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
        driver = cluster.submit(name + "-again", List.of(), options, conf, command);
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

  private static String fault(Cell cell, Path faults) throws IOException {
    return switch (cell.accident()) {
      case NONE -> "";
      case TASK_THROWS -> Fault.option(Fault.Kind.THROW, AT, faults);
      case EXECUTOR_KILLED -> Fault.option(Fault.Kind.KILL, AT, faults);
      case WORKER_REPLACED, DRIVER_KILLED -> Fault.option(Fault.Kind.WAIT, AT, faults);
    };
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
