package io.kindling.nn;

import io.kindling.tensor.TestDevice;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is tested on the CPU holds where the host cannot read a tensor's memory. */
@DisplayName("On another device")
@ExtendWith(TestDevice.class)
class OnDeviceTest {
  @Nested
  class FineTuning extends FineTuningTest {}

  @Nested
  class Forward extends ForwardTest {}

  @Nested
  class Hook extends HookTest {}

  @Nested
  class Init extends InitTest {}

  @Nested
  class LayerError extends LayerErrorTest {}

  @Nested
  class Layer extends LayerTest {}

  @Nested
  class Module extends ModuleTest {}

  @Nested
  class NullArgument extends NullArgumentTest {}

  @Nested
  class ParameterVector extends ParameterVectorTest {}

  @Nested
  class Registration extends RegistrationTest {}

  @Nested
  class StateDict extends StateDictTest {}

  @Nested
  class Summary extends SummaryTest {}

  @Nested
  class Tutorial extends TutorialTest {}
}
