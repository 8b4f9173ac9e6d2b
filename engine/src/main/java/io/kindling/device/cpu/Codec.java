package io.kindling.device.cpu;

/**
 * How elements of one data type get from memory into an array of one compute type, and back; made
 * by {@link CodecCompiler}.
 *
 * @param <A> {@code float[]}, {@code double[]} or {@code long[]}
 */
interface Codec<A> {
  /** Reads {@code n} elements that lie {@code step} bytes apart. */
  void load(A to, int at, int n, long address, long step);

  /** Writes {@code n} elements {@code step} bytes apart, rounding or wrapping to the data type. */
  void store(A from, int at, int n, long address, long step);
}
