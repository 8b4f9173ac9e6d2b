package io.kindling.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kindling.checkpoint.SmallDisk;
import io.kindling.device.cpu.Cpu;
import io.kindling.device.cpu.Isa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real processes that are killed, stopped and cut off; every wait has a bound. */
@DisplayName("A run that goes on gives the same bits after")
class FaultsOnClusters {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String[] SHORT_TIMEOUTS = {
    "spark.network.timeout=10s",
    "spark.network.timeoutInterval=2s",
    "spark.executor.heartbeatInterval=2s"
  };

  @TempDir static Path dir;
  private static final FaultTable TABLE = new FaultTable();
  private static String weights;
  private static StandaloneCluster two;

  @BeforeAll
  static void start() throws IOException {
    weights = run().local("local[2]", dir.resolve("smooth")).weightsSha256();
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

  private static TrainingRun run(String... settings) {
    return TrainingRun.of(dir.resolve("digits"), Models.ResidualNet.class, "data.partitions=2")
        .with(settings);
  }

  private static FaultyRun submit(String name, Fault.Kind kind, String... conf) throws IOException {
    return FaultyRun.submit(two, run(), dir.resolve(name), kind, conf);
  }

  @Test
  @DisplayName("SIGKILL to an executor in the middle of a step")
  void executorKilled() throws IOException {
    FaultyRun run = submit("killed", Fault.Kind.KILL).awaitReached().awaitStep();
    TABLE.add("executor SIGKILL", run.awaitSuccess(weights));
  }

  @Test
  @DisplayName("SIGSTOP to an executor for longer than Spark's timeout of 10 seconds")
  void executorStopped() throws IOException {
    FaultyRun run = submit("stopped", Fault.Kind.STOP, SHORT_TIMEOUTS).awaitReached().awaitStep();
    TABLE.add("executor SIGSTOP, `spark.network.timeout` 10 s", run.awaitSuccess(weights));
  }

  @Test
  @DisplayName("SIGSTOP to an executor for 5 seconds, less than the timeout")
  void executorPaused() throws IOException, InterruptedException {
    FaultyRun run = submit("paused", Fault.Kind.STOP, SHORT_TIMEOUTS).awaitReached();
    Thread.sleep(5000);
    two.executors().forEach(executor -> JavaProcess.signal(executor, "CONT"));
    TABLE.add("executor SIGSTOP for 5 s", run.awaitStep().awaitSuccess(weights));
  }

  @Test
  @DisplayName("SIGKILL to the driver and the same command again, which goes on from a checkpoint")
  void driverKilled() throws IOException {
    FaultyRun run = submit("driver", Fault.Kind.WAIT).awaitReached();
    Path checkpoint = dir.resolve("driver/checkpoints/step-2/_SUCCESS");
    JavaProcess.await("the checkpoint of step 2", LIMIT, () -> Files.exists(checkpoint));
    List<ProcessHandle> executors = two.executors();
    assertFalse(executors.isEmpty());
    run.driver().kill();
    run.go();
    run.again().fromNow().awaitStep();
    run.driver().awaitLine("going on after step 2", LIMIT);
    TABLE.add("driver SIGKILL, the same command again", run.awaitSuccess(weights));
    JavaProcess.await(
        "the first driver's executors to end",
        LIMIT,
        () -> executors.stream().noneMatch(ProcessHandle::isAlive));
  }

  @Test
  @DisplayName("the loss of a worker that leaves one slot for three partitions")
  void fewerSlots() throws IOException {
    try (StandaloneCluster cluster = StandaloneCluster.start(dir.resolve("fewer"), 2)) {
      FaultyRun run =
          FaultyRun.submit(
              cluster, run("data.partitions=3"), dir.resolve("slots"), Fault.Kind.WAIT);
      run.awaitReached();
      cluster.killWorker(0);
      run.go();
      TABLE.add(
          "worker SIGKILL, 1 slot left for 3 partitions",
          run.fromNow().awaitStep().awaitSuccess(weights));
    }
  }

  @Test
  @DisplayName("a slow executor, whose tasks speculation runs elsewhere")
  void slowExecutor() throws IOException {
    FaultyRun run =
        FaultyRun.submit(
            two,
            run("train.epochs=1", "data.partitions=8"),
            dir.resolve("slow"),
            Fault.Kind.SLOW,
            "spark.speculation=true",
            "spark.speculation.interval=100ms",
            "spark.speculation.quantile=0.5");
    run.awaitReached().awaitStep();
    String expected = run("train.epochs=1").local("local[2]", dir.resolve("one")).weightsSha256();
    TABLE.add("an executor slow by 3 s a forward, speculation on", run.awaitSuccess(expected));
  }

  @Test
  @DisplayName("SIGKILL to the master")
  void masterKilled() throws IOException {
    try (StandaloneCluster cluster = StandaloneCluster.start(dir.resolve("headless"), 2)) {
      FaultyRun run = FaultyRun.submit(cluster, run(), dir.resolve("master"), Fault.Kind.WAIT);
      run.awaitReached();
      cluster.killMaster();
      run.go();
      TABLE.add("master SIGKILL", run.fromNow().awaitStep().awaitSuccess(weights));
    }
  }

  @Test
  @DisplayName("a network cut between executors and driver for 15 seconds, timeout 10 seconds")
  void networkCut() throws IOException, InterruptedException {
    try (CutWire rpc = new CutWire();
        CutWire blocks = new CutWire()) {
      String[] conf = {
        "spark.driver.bindAddress=127.0.0.2",
        "spark.driver.port=" + rpc.port(),
        "spark.driver.blockManager.port=" + blocks.port(),
        SHORT_TIMEOUTS[0],
        SHORT_TIMEOUTS[1],
        SHORT_TIMEOUTS[2]
      };
      FaultyRun run = submit("cut", Fault.Kind.WAIT, conf).awaitReached();
      rpc.cut();
      blocks.cut();
      run.go();
      Thread.sleep(15_000);
      rpc.mend();
      blocks.mend();
      TABLE.add("network cut for 15 s", run.awaitStep().awaitSuccess(weights));
      assertEquals(0, run.ending());
    }
  }

  @Test
  @DisplayName("executors of a lesser instruction set, as a run that is told to take that one")
  void lesserInstructionSet() throws IOException {
    assumeTrue(Cpu.backend().fingerprint().toString().contains(" avx"));
    FaultyRun lesser =
        submit("lesser", null, "spark.executor.extraJavaOptions=-Dkindling.isa=sse41");
    assertEquals(0, lesser.ending(), lesser.driver()::tail);
    RunOutput left = new RunOutput(dir.resolve("lesser"));
    assertEquals("sse41", left.status().path("kernels").path("isa").asText());
    FaultyRun told = FaultyRun.submit(two, run("engine.isa=sse41"), dir.resolve("told"), null);
    told.awaitSuccess(left.weightsSha256());
    assertNotEquals(weights, left.weightsSha256());
  }

  @ParameterizedTest
  @ValueSource(strings = {"job reduce=driver", "job reduce=sliced", "resident reduce=driver"})
  @DisplayName("an executor that comes late with a lesser instruction set, which sits out")
  void lateLesserExecutor(String mode) throws IOException {
    assumeTrue(Isa.available().compareTo(Isa.AVX2) > 0, "no better set than avx2");
    String name = "late-" + mode.replaceAll("\\W", "-");
    try (StandaloneCluster cluster = StandaloneCluster.start(dir.resolve(name + "-cluster"), 1)) {
      FaultyRun run =
          FaultyRun.submit(
              cluster,
              run("data.partitions=1").with(("train.sync=" + mode).split(" ")),
              dir.resolve(name),
              Fault.Kind.WAIT);
      run.awaitReached();
      cluster.addWorker("-Dkindling.isa=avx2");
      run.driver().awaitLine("Registered executor .* ID 1,", LIMIT);
      cluster.executors().get(0).destroyForcibly(); // So that the task can only go to the other.
      run.go();
      run.driver()
          .awaitLine(
              "executor 1 on 127\\.0\\.0\\.1 computes with the kernels '.* avx2' and the driver with"
                  + " '.*'.*; set engine\\.isa: avx2.*; it gets no tasks, and the run goes on",
              LIMIT);
      TABLE.add(
          "an executor of AVX2 comes late, the other is lost, `train.sync: " + mode + "`",
          run.awaitStep().awaitSuccess(weights));
    }
  }

  @ParameterizedTest
  @CsvSource({".model.safetensors, 1000", ".MANIFEST.json, 10", "._SUCCESS, 0"})
  @DisplayName("SIGKILL to the driver while it writes a checkpoint, and the same command again")
  void driverKilledWriting(String file, int bytes) throws IOException {
    Path output = dir.resolve("writing" + file);
    FaultyRun run =
        FaultyRun.submit(
            two,
            run(),
            output,
            null,
            DyingFiles.option("/checkpoints/step-4/" + file, bytes, FaultyRun.faults(output)),
            DyingFiles.CONF);
    run.awaitReached();
    assertEquals(128 + 9, run.ending());
    assertTrue(Files.exists(output.resolve("checkpoints/step-4")));
    run.again().fromNow().awaitStep();
    run.driver().awaitLine("checkpoints/step-4 was not finished; it is not used", LIMIT);
    run.driver().awaitLine("going on after step 2", LIMIT);
    TABLE.add(
        "driver SIGKILL in a checkpoint's `" + file.substring(1) + "`, the same command again",
        run.awaitSuccess(weights));
  }

  @Test
  @DisplayName("a disk that is full while checkpoints are written, and room for the same command")
  void diskFull() throws IOException {
    Path output = dir.resolve("disk/out");
    try (SmallDisk disk = SmallDisk.mount(output.getParent(), 2048)) {
      FaultyRun run = FaultyRun.submit(two, run(), output, Fault.Kind.WAIT).awaitReached();
      Path earlier = output.resolve("checkpoints/step-2/_SUCCESS");
      JavaProcess.await("the checkpoint of step 2", LIMIT, () -> Files.exists(earlier));
      disk.fill(4096);
      run.go();
      run.awaitFailure(
          73, "IOException: file:" + output + "/\\S+: No space left on device; free the disk.*");
      TABLE.add("the output's disk gets full", run);
      run.driver()
          .awaitLine(
              "the checkpoint after step 4 could not be written, the run goes on: .*"
                  + output
                  + "/.*No space left on device",
              LIMIT);
      assertTrue(Files.exists(earlier));
      disk.empty();
      run.again().fromNow().awaitStep();
      run.driver().awaitLine("going on after step 2", LIMIT);
      TABLE.add("the same command again, with room", run.awaitSuccess(weights));
    }
  }
}
