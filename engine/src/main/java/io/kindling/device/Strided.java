package io.kindling.device;

import io.kindling.core.DType;
import io.kindling.core.Layout;

/**
 * What a kernel works on: a storage seen through a data type and a layout.
 *
 * @param storage the memory
 * @param dtype the element type
 * @param layout sizes, strides and offset in elements
 */
public record Strided(Storage storage, DType dtype, Layout layout) implements Operand {
  /** Uninitialised memory with this type and layout (whose offset must be 0). */
  public static Strided allocate(DType dtype, Layout layout, String asker) {
    return new Strided(Storage.allocate(layout.numel() * dtype.size(), asker), dtype, layout);
  }

  /** The address of the first element in the memory of the host. */
  public long hostAddress() {
    return storage.address() + layout.offset() * dtype.size();
  }

  public Strided with(Layout other) {
    return new Strided(storage, dtype, other);
  }

  public long numel() {
    return layout.numel();
  }
}
