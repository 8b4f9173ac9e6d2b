package io.kindling.tensor;

import io.kindling.core.DeviceException;
import io.kindling.device.Backend;
import io.kindling.device.Device;
import io.kindling.device.DeviceType;
import io.kindling.device.Memory;
import io.kindling.device.cpu.Cpu;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The devices of this process: what computes on each, and its memory. */
final class Backends {
  private static final Map<String, DeviceType> TYPES = new ConcurrentHashMap<>();

  static {
    register(new Cpu());
  }

  private Backends() {}

  static void register(DeviceType type) {
    TYPES.put(type.name(), type);
  }

  static void unregister(DeviceType type) {
    TYPES.remove(type.name());
  }

  /**
   * What computes on a device.
   *
   * @throws DeviceException if it is not there, saying why and which devices are
   */
  static Backend of(Device device) {
    return type(device).backend(Math.max(0, device.index()));
  }

  /**
   * @throws DeviceException as {@link #of}
   */
  static Memory memory(Device device) {
    return type(device).memory(Math.max(0, device.index()));
  }

  /** How many devices of a type are there. */
  static int count(String name) {
    DeviceType type = TYPES.get(name);
    return type == null ? 0 : type.count();
  }

  private static DeviceType type(Device device) {
    DeviceType type = TYPES.get(device.type());
    if (type == null) {
      throw missing(device, "this build has no backend for " + device.type());
    }
    int count = type.count();
    if (device.index() >= count) {
      throw missing(device, count == 0 ? type.absence() : "invalid device ordinal");
    }
    return type;
  }

  private static DeviceException missing(Device device, String why) {
    StringBuilder available = new StringBuilder();
    new TreeMap<>(TYPES)
        .forEach(
            (name, type) -> {
              for (int i = 0; i < type.count(); i++) {
                boolean cpu = name.equals(Device.CPU.type());
                available.append(available.isEmpty() ? "" : ", ");
                available.append(cpu ? Device.CPU : new Device(name, i));
              }
            });
    return new DeviceException(
        "there is no device " + device + ": " + why + "; available: " + available);
  }
}
