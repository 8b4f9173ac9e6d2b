package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.dnnl_sgemm;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * oneDNN's plain matrix product, which needs no primitive: quicker than one wherever nothing has to
 * be fused or packed. One for each thread, since the pointers are reused.
 */
final class Sgemm {
  private static final class Aim extends FloatPointer {
    Aim() {
      super((Pointer) null);
    }

    Aim at(long newAddress) {
      address = newAddress;
      return this;
    }
  }

  private final Aim a = new Aim();
  private final Aim b = new Aim();
  private final Aim c = new Aim();

  /** {@code c = a b + beta c} for one of {@code p}'s products. */
  void run(Product p, long addressA, long addressB, long addressC, float beta) {
    int status =
        dnnl_sgemm(
            (byte) (p.lda() < 0 ? 'T' : 'N'),
            (byte) (p.ldb() < 0 ? 'T' : 'N'),
            p.m(),
            p.n(),
            p.k(),
            1f,
            a.at(addressA),
            Math.abs(p.lda()),
            b.at(addressB),
            Math.abs(p.ldb()),
            beta,
            c.at(addressC),
            p.ldc());
    if (status != dnnl_success) {
      Dnnl.check(status, "sgemm of " + p);
    }
  }
}
