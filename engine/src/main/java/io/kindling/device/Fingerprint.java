package io.kindling.device;

import java.io.Serializable;

/**
 * Which kernels compute. The same program gives the same bits where this is equal; where it is not,
 * the last bits of float32 results may differ.
 *
 * @param backend its name: {@code onednn}, {@code java}
 * @param version of what computes: oneDNN's, or Java's feature release
 * @param isa the instruction set that the kernels are made for: {@code avx2}, {@code avx512_bf16};
 *     for Java, whose results do not depend on it, the architecture
 */
public record Fingerprint(String backend, String version, String isa) implements Serializable {
  /** {@code onednn 3.11.0 avx512_bf16}. */
  @Override
  public String toString() {
    return backend + " " + version + " " + isa;
  }
}
