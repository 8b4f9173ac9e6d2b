package io.kindling.device;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.core.MemoryException;
import io.kindling.core.Shapes;

/**
 * What a kernel works on: a storage seen through a data type and a layout.
 *
 * @param storage the memory
 * @param dtype the element type
 * @param layout sizes, strides and offset in elements
 */
public record Strided(Storage storage, DType dtype, Layout layout) implements Operand {
  /**
   * Uninitialised memory with this type and layout (whose offset must be 0).
   *
   * @throws MemoryException if so many bytes cannot be counted, or are not to be had
   */
  public static Strided allocate(DType dtype, Layout layout, String asker) {
    long bytes;
    try {
      bytes = Math.multiplyExact(layout.numel(), (long) dtype.size());
    } catch (ArithmeticException e) {
      throw new MemoryException(
          asker
              + ": a tensor of shape "
              + Shapes.text(layout.shape())
              + " and type "
              + dtype
              + " has "
              + layout.numel()
              + " x "
              + dtype.size()
              + " bytes, more than can be counted");
    }
    return new Strided(Storage.allocate(bytes, asker), dtype, layout);
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
