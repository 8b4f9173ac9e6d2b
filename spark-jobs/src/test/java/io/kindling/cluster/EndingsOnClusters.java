package io.kindling.cluster;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On real processes; every wait has a bound. */
@DisplayName("A run that cannot go on ends with its code and says why, last,")
class EndingsOnClusters {
  @TempDir static Path dir;
  private static final FaultTable TABLE = new FaultTable();
  private static StandaloneCluster two;

  @BeforeAll
  static void start() throws IOException {
    run(Models.SmallMlp.class).local("local[1]", dir.resolve("first"));
    two = StandaloneCluster.start(dir.resolve("two"), 2);
  }

  @AfterEach
  void endDrivers() {
    two.endDrivers();
  }

  @AfterAll
  static void stop() {
    two.close();
    TABLE.print();
  }

  private static TrainingRun run(Class<?> model, String... settings) {
    return TrainingRun.of(dir.resolve("digits"), model, "data.partitions=2").with(settings);
  }

  private static FaultyRun submit(String name, TrainingRun run) throws IOException {
    return FaultyRun.submit(two, run, dir.resolve(name), null);
  }

  @Test
  @DisplayName("where a task always throws")
  void alwaysThrows() throws IOException {
    FaultyRun run = submit("broken", run(Models.Broken.class));
    run.awaitFailure(
        70, "IllegalStateException: this model always fails \\(--verbose shows the stack trace\\)");
    TABLE.add("a task that always throws", run);
  }

  @Test
  @DisplayName("where the loss is not a number any more")
  void diverges() throws IOException {
    TrainingRun wild = run(Models.SmallMlp.class, "optimizer={name: sgd, lr: 1e30}");
    FaultyRun run = submit("wild", wild);
    run.awaitFailure(78, ".*training diverged; lower optimizer\\.lr \\(1\\.0E30\\)");
    TABLE.add("NaN loss", run);
  }

  @Test
  @DisplayName("where the engine's memory does not suffice")
  void nativeMemory() throws IOException {
    TrainingRun tight = run(Models.SmallMlp.class, "engine.memory_limit=65536");
    FaultyRun run = submit("tight", tight);
    run.awaitFailure(69, ".*engine\\.memory_limit.*");
    TABLE.add("native memory used up (`engine.memory_limit: 64k`)", run);
  }

  @Test
  @DisplayName("where the driver's heap does not suffice")
  void driverHeap() throws IOException {
    TrainingRun large =
        run(
            Models.SmallMlp.class,
            "model.class=mlp",
            "model.args={sizes: [784, 5000, 5000, 10]}",
            "train.max_steps=2");
    FaultyRun run =
        FaultyRun.submit(
            two,
            large,
            dir.resolve("large"),
            null,
            List.of(),
            "spark.executor.memory=900m",
            "spark.executor.memoryOverhead=900m");
    run.awaitFailure(
        78,
        "28,980,010 parameters .* need about \\d+ MB of heap on the driver, which has \\d+ MB; give it"
            + " --driver-memory \\d+m, or fewer data\\.partitions");
    TABLE.add("driver heap of 512 MB for 29 M parameters", run);
  }

  @Test
  @DisplayName("where a data file is gone when an executor is lost")
  void dataVanishes() throws IOException {
    Path data = dir.resolve("vanishing");
    TrainingRun fleeting =
        TrainingRun.of(data, Models.SmallMlp.class, "data.partitions=2", "data.generate=null");
    copy(dir.resolve("digits"), data);
    FaultyRun run =
        FaultyRun.submit(two, fleeting, dir.resolve("vanished"), Fault.Kind.WAIT).awaitReached();
    deleteImages(data);
    two.executors().get(0).destroyForcibly();
    run.go();
    run.awaitFailure(66, ".*" + data + "/train-images-idx3-ubyte.*");
    TABLE.add("a data file that vanishes", run);
  }

  private static void deleteImages(Path data) throws IOException {
    try (Stream<Path> files = Files.list(data)) {
      for (Path file : files.toList()) {
        if (file.getFileName().toString().startsWith("train-images")) {
          Files.delete(file);
        }
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  @Test
  @DisplayName("where another run has the output, which is not harmed")
  void twoWriters() throws IOException {
    TrainingRun small = run(Models.SmallMlp.class);
    Path output = dir.resolve("shared");
    FaultyRun first =
        FaultyRun.submit(two, small, output, Fault.Kind.WAIT, "spark.cores.max=1").awaitReached();
    FaultyRun second = FaultyRun.submit(two, small, output, null, "spark.cores.max=1");
    second.awaitFailure(75, ".*" + output + ".*");
    TABLE.add("a second run with one output", second);
    first.go();
    first.awaitSuccess(new RunOutput(dir.resolve("first")).weightsSha256());
    assertTrue(Files.exists(output.resolve("_SUCCESS")));
  }

  @Test
  @DisplayName("where every executor computes other bits than the driver")
  void otherKernels() throws IOException {
    FaultyRun run =
        FaultyRun.submit(
            two,
            run(Models.SmallMlp.class),
            dir.resolve("java"),
            null,
            "spark.executor.extraJavaOptions=-Dkindling.backend=java");
    run.awaitFailure(
        69,
        "executor \\d on 127\\.0\\.0\\.1 computes with the kernels 'java .*' and the driver with"
            + " 'onednn .*'.*; make oneDNN load on every host .*");
    TABLE.add("oneDNN on the driver alone", run);
  }

  @Test
  @DisplayName("where there is no master")
  void noMaster() throws IOException {
    try (StandaloneCluster gone = StandaloneCluster.start(dir.resolve("gone"), 0)) {
      gone.killMaster();
      FaultyRun run =
          FaultyRun.submit(gone, run(Models.SmallMlp.class), dir.resolve("nobody"), null);
      run.awaitFailure(
          75,
          "no master answers at "
              + gone.url()
              + " \\(Connection refused\\); start it, or correct --master, and run it again");
      TABLE.add("no master at its address", run);
    }
  }
}
