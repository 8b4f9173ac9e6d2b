package io.kindling.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The memory limit that an executor chooses")
class EngineSetupTest {
  private static long mib(String... entries) {
    SparkConf conf = new SparkConf(false);
    for (int i = 0; i < entries.length; i += 2) {
      conf.set(entries[i], entries[i + 1]);
    }
    return EngineSetup.besideHeap(conf) >> 20;
  }

  @Test
  @DisplayName("is what its container has beside the heap")
  void besideHeap() {
    assertEquals(384, mib());
    assertEquals(819, mib("spark.executor.memory", "8g"));
    assertEquals(
        2048, mib("spark.executor.memory", "8g", "spark.executor.memoryOverheadFactor", "0.25"));
    assertEquals(1000, mib("spark.executor.memoryOverhead", "1000"));
    assertEquals(3072, mib("spark.executor.memoryOverhead", "3g"));
    assertEquals(
        384 + 512,
        mib("spark.memory.offHeap.enabled", "true", "spark.memory.offHeap.size", "512m"));
    assertEquals(384, mib("spark.memory.offHeap.size", "512m"));
  }
}
