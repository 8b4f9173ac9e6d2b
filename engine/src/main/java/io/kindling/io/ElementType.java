package io.kindling.io;

import io.kindling.core.DType;
import org.jspecify.annotations.Nullable;

/**
 * The element types of the safetensors format, in its order of alignment: a file holds the last of
 * these first. The engine has some of them; of the others only sizes are known.
 */
enum ElementType {
  BOOL(8, DType.BOOL),
  F4(4),
  F6_E2M3(6),
  F6_E3M2(6),
  U8(8, DType.UINT8),
  I8(8, DType.INT8),
  F8_E5M2(8),
  F8_E4M3(8),
  F8_E8M0(8),
  F8_E4M3FNUZ(8),
  F8_E5M2FNUZ(8),
  I16(16, DType.INT16),
  U16(16),
  F16(16, DType.FLOAT16),
  BF16(16, DType.BFLOAT16),
  I32(32, DType.INT32),
  U32(32),
  F32(32, DType.FLOAT32),
  C64(64),
  F64(64, DType.FLOAT64),
  I64(64, DType.INT64),
  U64(64);

  private final int bits;
  private final @Nullable DType dtype;

  ElementType(int bits) {
    this(bits, null);
  }

  ElementType(int bits, @Nullable DType dtype) {
    this.bits = bits;
    this.dtype = dtype;
  }

  /** The engine's type, or null where it has none. */
  @Nullable DType dtype() {
    return dtype;
  }

  static ElementType of(DType dtype) {
    return switch (dtype) {
      case BOOL -> BOOL;
      case UINT8 -> U8;
      case INT8 -> I8;
      case INT16 -> I16;
      case INT32 -> I32;
      case INT64 -> I64;
      case FLOAT16 -> F16;
      case BFLOAT16 -> BF16;
      case FLOAT32 -> F32;
      case FLOAT64 -> F64;
    };
  }

  /** The type of this name, or null. */
  static @Nullable ElementType named(String name) {
    for (ElementType type : values()) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    return null;
  }

  /**
   * The bytes of {@code shape}, or -1 where they are no whole number.
   *
   * @throws ArithmeticException where they, or the strides of a tensor without elements, are beyond
   *     a long
   */
  long bytes(Iterable<Long> shape) {
    boolean empty = false;
    long total = bits;
    for (long size : shape) {
      empty |= size == 0;
      total = Math.multiplyExact(total, Math.max(1, size));
    }
    if (empty) {
      return 0;
    }
    return total % 8 == 0 ? total / 8 : -1;
  }
}
