package io.kindling.io;

import io.kindling.tensor.TestDevice;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is tested on the CPU holds where the host cannot read a tensor's memory. */
@DisplayName("On another device")
@ExtendWith(TestDevice.class)
class OnDeviceTest {
  @Nested
  class DamagedNpy extends DamagedNpyTest {}

  @Nested
  class Npy extends NpyTest {}

  @Nested
  class DamagedSafeTensors extends DamagedSafeTensorsTest {}

  @Nested
  class SafeTensors extends SafeTensorsTest {}
}
