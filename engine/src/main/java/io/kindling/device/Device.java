package io.kindling.device;

import java.io.Serializable;

/**
 * Where a tensor lives.
 *
 * @param type {@code cpu} or {@code cuda}
 * @param index which one of its type; -1 for the only CPU
 */
public record Device(String type, int index) implements Serializable {
  public static final Device CPU = new Device("cpu", -1);

  /** PyTorch's printed form: {@code cpu}, {@code cuda:0}. */
  @Override
  public String toString() {
    return index < 0 ? type : type + ":" + index;
  }
}
