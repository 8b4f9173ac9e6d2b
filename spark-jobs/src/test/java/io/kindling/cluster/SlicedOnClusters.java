package io.kindling.cluster;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The executors add the slices; one of them that owns some is lost. */
@DisplayName("A sliced reduction that loses an owner gives the same bits")
class SlicedOnClusters {
  @TempDir static Path dir;
  private static final FaultTable TABLE = new FaultTable();
  private static String weights;
  private static StandaloneCluster three;

  @BeforeAll
  static void start() throws IOException {
    weights = run().local("local[2]", dir.resolve("smooth")).weightsSha256();
    three = StandaloneCluster.start(dir.resolve("three"), 3);
  }

  @AfterEach
  void endDrivers() {
    three.endDrivers();
  }

  @AfterAll
  static void stop() {
    three.close();
    TABLE.print();
  }

  private static TrainingRun run(String... settings) {
    return TrainingRun.of(dir.resolve("digits"), Models.SmallMlp.class, "data.partitions=3")
        .with("train.sync=resident", "reduce=sliced")
        .with(settings);
  }

  @Test
  @DisplayName("SIGKILL to an executor in the middle of a step")
  void killed() throws IOException {
    FaultyRun run =
        FaultyRun.submit(three, run(), dir.resolve("killed"), Fault.Kind.KILL)
            .awaitReached()
            .awaitStep();
    TABLE.add("executor SIGKILL, `reduce: sliced`", run.awaitSuccess(weights));
  }

  @Test
  @DisplayName("SIGSTOP to an executor for longer than Spark's timeout of 10 seconds")
  void stopped() throws IOException {
    FaultyRun run =
        FaultyRun.submit(
                three,
                run(),
                dir.resolve("stopped"),
                Fault.Kind.STOP,
                "spark.network.timeout=10s",
                "spark.network.timeoutInterval=2s",
                "spark.executor.heartbeatInterval=2s")
            .awaitReached()
            .awaitStep();
    TABLE.add(
        "executor SIGSTOP, `reduce: sliced`, `spark.network.timeout` 10 s",
        run.awaitSuccess(weights));
  }

  @Test
  @DisplayName("SIGKILL to a worker, whose slots do not come back")
  void fewerSlots() throws IOException {
    FaultyRun run =
        FaultyRun.submit(three, run("train.slot_timeout=3"), dir.resolve("fewer"), Fault.Kind.WAIT)
            .awaitReached();
    three.killWorker(0);
    run.fromNow().go();
    run.awaitStep();
    TABLE.add("worker SIGKILL, `reduce: sliced`, 2 slots left for 3", run.awaitSuccess(weights));
  }
}
