package io.kindling.tensor;

import io.kindling.device.Device;

/** Where tensors are made that name no device, on this thread: PyTorch's {@code with device:}. */
public final class DefaultDevice {
  private static final ThreadLocal<Device> CURRENT = ThreadLocal.withInitial(() -> Device.CPU);

  /** Restores the device that was set before it. */
  public static final class Guard implements AutoCloseable {
    private final Device previous;

    private Guard(Device previous) {
      this.previous = previous;
    }

    @Override
    public void close() {
      CURRENT.set(previous);
    }
  }

  private DefaultDevice() {}

  static Device current() {
    return CURRENT.get();
  }

  static Guard set(Device device) {
    Backends.of(device);
    Guard guard = new Guard(CURRENT.get());
    CURRENT.set(device);
    return guard;
  }
}
