package io.kindling.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kindling.core.DeviceException;
import io.kindling.device.cpu.Cpu;
import io.kindling.replica.KindlingKryoRegistrator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spark's local cluster: an executor is a process of its own. */
@DisplayName("An executor")
class ExecutorKernelsTest {
  @TempDir Path dir;

  /** Where the worker looks for Spark; the executor has it from this test's class path. */
  @BeforeEach
  void sparkHome() throws IOException {
    Files.createDirectories(dir.resolve("home/jars"));
    Files.createDirectories(dir.resolve("home/launcher/target/scala-2.13"));
    Files.createFile(dir.resolve("home/RELEASE"));
    System.setProperty("spark.testing", "true");
    System.setProperty("spark.test.home", dir.resolve("home").toString());
  }

  @AfterEach
  void clear() {
    System.clearProperty("spark.testing");
    System.clearProperty("spark.test.home");
  }

  private static SparkSession cluster(String executorOptions) {
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return SparkSession.builder()
        .master("local-cluster[1,1,600]")
        .appName("test")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.executor.memory", "512m")
        .config("spark.executor.extraClassPath", classes)
        .config("spark.executor.extraJavaOptions", executorOptions)
        .config("spark.serializer", KryoSerializer.class.getName())
        .config("spark.kryo.registrationRequired", "true")
        .config("spark.kryo.registrator", KindlingKryoRegistrator.class.getName())
        .getOrCreate();
  }

  @Test
  @DisplayName("that computes with another instruction set than the driver ends the run")
  void otherInstructionSet() throws IOException {
    String ours = Cpu.backend().fingerprint().toString();
    assumeTrue(ours.startsWith("onednn") && ours.contains(" avx"), ours);
    try (SparkSession spark = cluster("-Dkindling.isa=sse41")) {
      Trainer trainer =
          Trainer.of(spark, LocalSpark.config(dir.resolve("digits"))).out(LocalSpark.SILENT);
      DeviceException e =
          assertThrows(DeviceException.class, () -> trainer.fit(dir.resolve("out").toString()));
      assertEquals(
          "executor 0 on HOST computes with the kernels '"
              + ours.replaceAll(" avx\\w+$", " sse41")
              + "' and the driver on HOST with '"
              + ours
              + "', so the result would depend on where a task runs; set engine.isa: avx2, or"
              + " another instruction set that every host has",
          e.getMessage().replaceAll(" on \\S+ (computes|with)", " on HOST $1"));
    }
  }
}
