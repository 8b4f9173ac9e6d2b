package io.kindling.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kindling.device.cpu.Isa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Resident tasks on a standalone cluster")
class NetworkTest {
  private static final Duration RUN = Duration.ofSeconds(120);

  @TempDir Path dir;
  private StandaloneCluster cluster;

  @BeforeEach
  void start() throws IOException {
    cluster = StandaloneCluster.start(Files.createDirectory(dir.resolve("cluster")), 2);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private TrainingRun run(String... settings) {
    return TrainingRun.of(dir.resolve("digits"), Models.DropoutNet.class, settings)
        .with("data.partitions=2", "train.sync=resident");
  }

  private RunOutput train(
      TrainingRun run, String name, List<String> driverOptions, String executorOptions)
      throws IOException {
    Path output = dir.resolve(name);
    List<String> conf = List.of("spark.cores.max=2", "spark.kryo.registrationRequired=true");
    JavaProcess driver =
        cluster.submit(name, driverOptions, executorOptions, conf, run.command(output));
    assertEquals(0, driver.awaitEnd(RUN), driver::tail);
    assertTrue(
        driver.err().stream().noneMatch(line -> line.contains("runs a Spark job for each step")),
        "the tasks did not stay");
    return new RunOutput(output);
  }

  @Test
  @DisplayName("an executor or a driver with a lesser instruction set makes all compute with that")
  void leastInstructionSet() throws IOException {
    assumeTrue(Isa.available().compareTo(Isa.AVX2) > 0, "no better set than avx2");
    String avx2 = "-Dkindling.isa=avx2";
    String expected = train(run("engine.isa=avx2"), "told", List.of(), "").weightsSha256();
    for (RunOutput output :
        List.of(
            train(run(), "executors", List.of(), avx2),
            train(run(), "driver", List.of(avx2), ""))) {
      assertEquals("avx2", output.status().at("/kernels/isa").asText());
      assertEquals(expected, output.weightsSha256());
    }
  }
}
