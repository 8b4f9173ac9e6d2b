package io.kindling.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kindling.core.DeviceException;
import io.kindling.device.cpu.Cpu;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spark's local cluster: an executor is a process of its own. */
@DisplayName("An executor")
class ExecutorKernelsTest {
  @TempDir Path dir;

  @Test
  @DisplayName("that computes with another instruction set than the driver ends the run")
  void otherInstructionSet() throws IOException {
    String ours = Cpu.backend().fingerprint().toString();
    assumeTrue(ours.startsWith("onednn") && ours.contains(" avx"), ours);
    try (LocalCluster cluster = new LocalCluster(dir, 1);
        SparkSession spark =
            cluster.config("spark.executor.extraJavaOptions", "-Dkindling.isa=sse41").start()) {
      Trainer trainer =
          Trainer.of(spark, LocalSpark.config(dir.resolve("digits"))).out(LocalSpark.SILENT);
      DeviceException e =
          assertThrows(DeviceException.class, () -> trainer.fit(dir.resolve("out").toString()));
      assertEquals(
          "executor 0 on HOST computes with the kernels '"
              + ours.replaceAll(" avx\\w+$", " sse41")
              + "' and the driver with '"
              + ours
              + "', so the result would depend on where a task runs; set engine.isa: avx2, or"
              + " another instruction set that every host has",
          e.getMessage().replaceAll(" on \\S+ computes", " on HOST computes"));
    }
  }
}
