package io.kindling.core;

/** A device or a native library that is missing, or operands on different devices. */
public final class DeviceException extends KindlingException {
  private static final long serialVersionUID = 1L;

  public DeviceException(String message) {
    super(message);
  }
}
