package io.kindling.tensor;

import io.kindling.device.Device;

/** PyTorch's {@code torch.cuda}: which GPUs are there. */
public final class Cuda {
  private static final String TYPE = Device.cuda(0).type();

  private Cuda() {}

  public static boolean isAvailable() {
    return deviceCount() > 0;
  }

  /** Zero where the build or the machine has no GPU that can be used. */
  public static int deviceCount() {
    return Backends.count(TYPE);
  }
}
