package io.kindling.tensor;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is tested on the CPU holds where the host cannot read a tensor's memory. */
@DisplayName("On another device")
@ExtendWith(TestDevice.class)
class OnDeviceTest {
  @Nested
  class Activations extends ActivationsTest {}

  @Nested
  class Autograd extends AutogradTest {}

  @Nested
  class Creation extends CreationTest {}

  @Nested
  class DataTypes extends DataTypesTest {}

  @Nested
  class Fused extends FusedTest {}

  @Nested
  class GradientLayout extends GradientLayoutTest {}

  @Nested
  class InPlace extends InPlaceTest {}

  @Nested
  class Indexing extends IndexingTest {}

  @Nested
  class Loss extends LossTest {
    @Override
    void squaredErrorWarns() {} // once a place of the program, which is the same here
  }

  @Nested
  class ManyOutputs extends ManyOutputsTest {}

  @Nested
  class Operator extends OperatorTest {}

  @Nested
  class Promotion extends PromotionTest {}

  @Nested
  class Reduction extends ReductionTest {}

  @Nested
  class Serialization extends SerializationTest {}

  @Nested
  class TypePairs extends TypePairsTest {}

  @Nested
  class View extends ViewTest {}

  @Nested
  class WindowChecks extends WindowChecksTest {}
}
