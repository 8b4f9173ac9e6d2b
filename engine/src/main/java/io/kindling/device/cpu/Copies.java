package io.kindling.device.cpu;

import io.kindling.core.Layout;
import io.kindling.device.Backend;
import io.kindling.device.Scope;
import io.kindling.device.Strided;
import org.jspecify.annotations.Nullable;

/** Temporary operands of one call, for those whose layout oneDNN does not take; freed together. */
final class Copies implements AutoCloseable {
  private final Backend backend;
  private @Nullable Scope scope;

  Copies(Backend backend) {
    this.backend = backend;
  }

  /** The same elements in row-major order. */
  Strided dense(Strided s) {
    return filled(s, Layout.contiguous(s.layout().shape()));
  }

  /** The same elements with the channels innermost. */
  Strided channelsLast(Strided s) {
    return filled(s, Layout.channelsLast(s.layout().shape()));
  }

  private Strided filled(Strided s, Layout layout) {
    Strided copy = allocate(s, layout);
    backend.copy(copy, s);
    return copy;
  }

  /** Room for {@code s} in row-major order, not filled. */
  Strided like(Strided s) {
    return allocate(s, Layout.contiguous(s.layout().shape()));
  }

  /** Room for {@code s} with the channels innermost, not filled. */
  Strided channelsLastLike(Strided s) {
    return allocate(s, Layout.channelsLast(s.layout().shape()));
  }

  private Strided allocate(Strided s, Layout layout) {
    if (scope == null) {
      scope = Scope.open();
    }
    return Strided.allocate(s.dtype(), layout, "oneDNN operand");
  }

  @Override
  public void close() {
    if (scope != null) {
      scope.close();
    }
  }
}
