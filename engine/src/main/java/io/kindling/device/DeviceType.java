package io.kindling.device;

/** The devices of one kind: the CPU is one, GPUs are another. */
public interface DeviceType {
  /** As in {@link Device#type}. */
  String name();

  /** How many of this kind are there; they are numbered from 0. */
  int count();

  /** Why there is none, and what to do about it. */
  String absence();

  /** The memory of one; the same object each time. */
  Memory memory(int index);

  /** The kernels of one; the same object each time. */
  Backend backend(int index);
}
