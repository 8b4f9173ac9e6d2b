package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Backend;
import io.kindling.device.Scope;
import io.kindling.device.Strided;
import org.jspecify.annotations.Nullable;

/** Temporary operands of one call, of another layout or type than those given; freed together. */
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

  /** {@code s}, or its elements without gaps. */
  Strided asDense(Strided s) {
    return s.layout().isDense() ? s : dense(s);
  }

  /** {@code s}, or its elements with the channels innermost. */
  Strided asChannelsLast(Strided s) {
    return s.layout().isChannelsLast() ? s : filled(s, Layout.channelsLast(s.layout().shape()));
  }

  /** {@code s}, or room for its elements with the channels innermost, for {@link #deliver}. */
  Strided roomChannelsLast(Strided s) {
    return s.layout().isChannelsLast()
        ? s
        : allocate(s.dtype(), Layout.channelsLast(s.layout().shape()));
  }

  /** Room for {@code s} in row-major order, for {@link #deliver}. */
  Strided like(Strided s) {
    return allocate(s.dtype(), Layout.contiguous(s.layout().shape()));
  }

  /** {@code s} in float32. */
  Strided asFloat(Strided s) {
    Strided copy = roomFloat(s);
    backend.copy(copy, s);
    return copy;
  }

  /** Room for the elements of {@code s} in float32, for {@link #deliver}. */
  Strided roomFloat(Strided s) {
    return allocate(DType.FLOAT32, s.layout().likeDense());
  }

  /** Brings a result to where it is wanted, if it is not there. */
  void deliver(Strided result, Strided out) {
    if (!result.equals(out)) {
      backend.copy(out, result);
    }
  }

  private Strided filled(Strided s, Layout layout) {
    Strided copy = allocate(s.dtype(), layout);
    backend.copy(copy, s);
    return copy;
  }

  private Strided allocate(DType dtype, Layout layout) {
    if (scope == null) {
      scope = Scope.temporaries();
    }
    return Strided.allocate(dtype, layout, "a copy of an operand");
  }

  @Override
  public void close() {
    if (scope != null) {
      scope.close();
    }
  }
}
