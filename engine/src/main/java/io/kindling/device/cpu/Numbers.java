package io.kindling.device.cpu;

import io.kindling.device.Raw;

/** Memory that holds one number many times, for primitives that take memory only. One a thread. */
final class Numbers implements AutoCloseable {
  private final Block block = new Block("oneDNN operand that is one number");
  private long length;
  private int bits;

  /** The address of {@code n} times {@code number}, until the next call. */
  long of(float number, long n) {
    long address = block.atLeast(Float.BYTES * n);
    if (length < n || bits != Float.floatToRawIntBits(number)) {
      length = n;
      bits = Float.floatToRawIntBits(number);
      for (long i = 0; i < n; i++) {
        Raw.putInt(address + Float.BYTES * i, bits);
      }
    }
    return address;
  }

  @Override
  public void close() {
    block.close();
    length = 0;
  }
}
