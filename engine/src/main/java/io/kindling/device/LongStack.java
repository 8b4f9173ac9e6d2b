package io.kindling.device;

import java.util.Arrays;

/** Addresses, the last one in first out. */
final class LongStack {
  private long[] values = new long[8];
  private int size;

  int size() {
    return size;
  }

  void push(long value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size);
    }
    values[size++] = value;
  }

  /** 0 where there is none. */
  long pop() {
    return size == 0 ? 0 : values[--size];
  }
}
