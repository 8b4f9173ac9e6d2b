package io.kindling.device.cpu;

import io.kindling.core.Layout;
import java.util.Arrays;

/**
 * What a prepared primitive is found by: its kind and every number that went into it. Filled anew
 * for each lookup, so that a lookup allocates nothing, and copied when it is stored.
 */
final class Key {
  private PrimitiveKind kind = PrimitiveKind.MATMUL;
  private long[] words;
  private int length;
  private int hash;

  Key() {
    words = new long[48];
  }

  private Key(Key other) {
    kind = other.kind;
    words = Arrays.copyOf(other.words, other.length);
    length = other.length;
    hash = other.hash;
  }

  Key copy() {
    return new Key(this);
  }

  /** Starts over. */
  Key start(PrimitiveKind newKind) {
    kind = newKind;
    length = 0;
    hash = 17;
    return this;
  }

  Key add(long word) {
    if (length == words.length) {
      words = Arrays.copyOf(words, 2 * length);
    }
    words[length++] = word;
    hash = hash * 31 + Long.hashCode(word * 0x9E3779B97F4A7C15L);
    return this;
  }

  /** Sizes and strides; the offset is part of the address. */
  Key add(Layout layout) {
    add(layout.rank());
    for (int d = 0; d < layout.rank(); d++) {
      add(layout.size(d));
      add(layout.stride(d));
    }
    return this;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Key k
        && k.hash == hash
        && k.kind == kind
        && Arrays.equals(words, 0, length, k.words, 0, k.length);
  }

  /** For logs: the numbers. */
  @Override
  public String toString() {
    return Arrays.toString(Arrays.copyOf(words, length));
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
