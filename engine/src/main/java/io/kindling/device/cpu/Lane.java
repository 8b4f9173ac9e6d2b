package io.kindling.device.cpu;

import io.kindling.core.DType;
import org.objectweb.asm.Type;

/** A compute type, as the JVM has it. */
enum Lane {
  F32(Type.FLOAT_TYPE, Type.INT_TYPE, DType.FLOAT32),
  F64(Type.DOUBLE_TYPE, Type.LONG_TYPE, DType.FLOAT64),
  I64(Type.LONG_TYPE, Type.LONG_TYPE, DType.INT64);

  final Type type;

  /** The integer of the same size. */
  final Type bits;

  final DType dtype;

  Lane(Type type, Type bits, DType dtype) {
    this.type = type;
    this.bits = bits;
    this.dtype = dtype;
  }

  boolean isFloating() {
    return this != I64;
  }
}
