package io.kindling.device;

import io.kindling.core.DeviceException;
import java.io.Serializable;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a tensor lives. Naming a device does not need it to be there; putting a tensor on it does.
 *
 * @param type {@code cpu} or {@code cuda}
 * @param index which one of its type; -1 for the only CPU
 */
public record Device(String type, int index) implements Serializable {
  public static final Device CPU = new Device("cpu", -1);

  private static final List<String> TYPES = List.of("cpu", "cuda");
  private static final Pattern TEXT = Pattern.compile("([a-z]+)(?::(0|[1-9][0-9]{0,8}))?");

  /**
   * Reads {@code cpu}, {@code cuda} (the first one) or {@code cuda:1}.
   *
   * @throws DeviceException for any other text
   */
  public static Device of(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      throw new DeviceException("Invalid device string: '" + text + "'");
    }
    if (!TYPES.contains(parts.group(1))) {
      throw new DeviceException(
          "Expected one of "
              + String.join(", ", TYPES)
              + " device type at start of device string: "
              + parts.group(1));
    }
    int index = parts.group(2) == null ? 0 : Integer.parseInt(parts.group(2));
    if (!parts.group(1).equals(CPU.type)) {
      return cuda(index);
    }
    if (index > 0) {
      throw new DeviceException("CPU device index must be -1 or zero, got " + index);
    }
    return CPU;
  }

  /** The GPU of this number, counted from 0. */
  public static Device cuda(int index) {
    if (index < 0) {
      throw new DeviceException("CUDA device index must be non-negative, got " + index);
    }
    return new Device("cuda", index);
  }

  public boolean isCpu() {
    return type.equals(CPU.type);
  }

  /** PyTorch's printed form: {@code cpu}, {@code cuda:0}. */
  @Override
  public String toString() {
    return index < 0 ? type : type + ":" + index;
  }
}
