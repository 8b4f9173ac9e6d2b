package io.kindling.device;

import io.kindling.core.DType;
import io.kindling.core.DeviceException;
import io.kindling.core.Layout;
import io.kindling.core.MemoryException;
import io.kindling.core.Shapes;
import java.lang.ref.Reference;

/**
 * What a kernel works on: a storage seen through a data type and a layout.
 *
 * @param storage the memory
 * @param dtype the element type
 * @param layout sizes, strides and offset in elements
 */
public record Strided(Storage storage, DType dtype, Layout layout) implements Operand {
  /** Uninitialised memory of the host with this type and layout (whose offset must be 0). */
  public static Strided allocate(DType dtype, Layout layout, String asker) {
    return allocate(HostMemory.INSTANCE, dtype, layout, asker);
  }

  /**
   * Uninitialised memory with this type and layout (whose offset must be 0).
   *
   * @throws MemoryException if so many bytes cannot be counted, or are not to be had
   */
  public static Strided allocate(Memory memory, DType dtype, Layout layout, String asker) {
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
    return new Strided(Storage.allocate(memory, bytes, asker), dtype, layout);
  }

  /**
   * The address of the first element in the memory of the host, for kernels of the CPU.
   *
   * @throws DeviceException if it lies elsewhere
   */
  public long hostAddress() {
    if (!storage.device().isCpu()) {
      throw new DeviceException(
          "a tensor on "
              + storage.device()
              + " has no address in the memory of the host; call cpu() first");
    }
    return deviceAddress();
  }

  /** The address of the first element for kernels of the device where it lies. */
  public long deviceAddress() {
    return storage.address() + layout.offset() * dtype.size();
  }

  /**
   * Copies {@code n} elements of a primitive array, from its element {@code from}, as they are to
   * the memory that begins {@code at} bytes behind the first element.
   */
  public void upload(Object array, int from, int n, long at) {
    if (n > 0) {
      storage.memory().upload(array, from, n, deviceAddress() + at);
      storage.contentChanged();
    }
    Reference.reachabilityFence(storage);
  }

  /** The reverse of {@link #upload}. */
  public void download(long at, Object array, int to, int n) {
    if (n > 0) {
      storage.memory().download(deviceAddress() + at, array, to, n);
    }
    Reference.reachabilityFence(storage);
  }

  /** Copies bytes behind the first element to those behind the first of {@code to}, anywhere. */
  public void transfer(Strided to, long bytes) {
    if (bytes == 0) {
      return;
    }
    Memory here = storage.memory();
    Memory there = to.storage.memory();
    if (here == there) {
      here.copy(deviceAddress(), to.deviceAddress(), bytes);
    } else if (storage.device().isCpu()) {
      there.upload(hostAddress(), to.deviceAddress(), bytes);
    } else if (to.storage.device().isCpu()) {
      here.download(deviceAddress(), to.hostAddress(), bytes);
    } else {
      Memory.staged(
          bytes,
          (host, n) -> {
            here.download(deviceAddress(), host, n);
            there.upload(host, to.deviceAddress(), n);
          });
    }
    to.storage.contentChanged();
    Reference.reachabilityFence(storage);
    Reference.reachabilityFence(to);
  }

  public Strided with(Layout other) {
    return new Strided(storage, dtype, other);
  }

  public long numel() {
    return layout.numel();
  }
}
