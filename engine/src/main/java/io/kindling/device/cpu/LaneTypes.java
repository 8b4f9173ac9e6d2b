package io.kindling.device.cpu;

import io.kindling.core.DType;

/** The three compute types. */
final class LaneTypes {
  static final Lanes<float[]> F32 = new FloatLanes();
  static final Lanes<double[]> F64 = new DoubleLanes();
  static final Lanes<long[]> I64 = new LongLanes();

  private LaneTypes() {}

  /** The lanes in which arithmetic on {@code type} is done. */
  static Lanes<?> of(DType type) {
    return switch (type) {
      case BOOL, UINT8, INT8, INT16, INT32, INT64 -> I64;
      case FLOAT16, BFLOAT16, FLOAT32 -> F32;
      case FLOAT64 -> F64;
    };
  }
}
