package io.kindling.train;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.conf.ConfigException;
import io.kindling.conf.TrainConfig.Sync;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The driver's heap")
class DriverHeapTest {
  private static final long MIB = 1 << 20;

  @Test
  @DisplayName("is estimated before the run, and too little is refused with what to set")
  void refused() {
    long needed = DriverHeap.bytes(25_000_000, 8, 1, Sync.JOB, false, false);
    assertEquals(200 * MIB + 21 * 100_000_000L, needed);
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () -> DriverHeap.require(needed, 1536 * MIB, 25_000_000, 8, false, false));
    assertEquals(
        "25,000,000 parameters and buffers on 8 partitions need about 2202 MB of heap on the"
            + " driver, which has 1536 MB; give it --driver-memory 2560m, or set"
            + " reduce: sliced",
        e.getMessage());
    assertEquals("spark.driver.memory", e.key());
    assertDoesNotThrow(() -> DriverHeap.require(needed, 2560 * MIB, 25_000_000, 8, false, false));
  }

  @Test
  @DisplayName("is the same for 4 and 512 partitions whose executors add slices")
  void flat() {
    long few = DriverHeap.bytes(25_000_000, 4, 2, Sync.RESIDENT, true, false);
    assertEquals(200 * MIB + 6 * 100_000_000L, few);
    assertEquals(few, DriverHeap.bytes(25_000_000, 512, 2, Sync.JOB, true, false));
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () -> DriverHeap.require(few, 512 * MIB, 25_000_000, 512, true, false));
    assertTrue(e.getMessage().endsWith("give it --driver-memory 1024m"), e.getMessage());
  }

  @Test
  @DisplayName("grows with the partitions by half a vector where tasks stay, and counts in longs")
  void grows() {
    long few = DriverHeap.bytes(1_000_000, 4, 2, Sync.RESIDENT, false, false);
    long many = DriverHeap.bytes(1_000_000, 104, 2, Sync.AUTO, false, false);
    assertEquals(50 * 4_000_000L, many - few);
    assertTrue(
        DriverHeap.bytes(2_000_000_000, 512, 1, Sync.JOB, false, true) > 8_000_000_000L * 1000);
  }
}
