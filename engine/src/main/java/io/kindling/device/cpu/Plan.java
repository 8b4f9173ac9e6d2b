package io.kindling.device.cpu;

import java.util.Objects;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/**
 * A primitive ready to run, with the reorder that brings one of its arguments into the layout it
 * asks for, or takes one out of it. What lies between the two lives in the thread's scratch memory.
 */
final class Plan implements AutoCloseable {
  private static final int ALIGNMENT = 64;

  private final Prepared main;
  private final @Nullable Prepared reorder;
  private final int packedSlot;
  private final boolean packedIsResult;
  private final String format;
  private boolean closed;

  private Plan(
      Prepared main, @Nullable Prepared reorder, int slot, boolean isResult, String format) {
    this.main = main;
    this.reorder = reorder;
    this.packedSlot = slot;
    this.packedIsResult = isResult;
    this.format = format;
  }

  static Plan of(Prepared main) {
    return new Plan(main, null, -1, false, "");
  }

  /** The argument at {@code slot} comes as {@code plain} and is reordered before. */
  static @Nullable Plan packing(
      Prepared main, dnnl_primitive_desc pd, int slot, int argument, dnnl_memory_desc plain) {
    return around(main, Descriptors.argument(pd, argument), slot, plain, false);
  }

  /** The result at {@code slot} is wanted as {@code plain} and is reordered after. */
  static @Nullable Plan unpacking(
      Prepared main, dnnl_primitive_desc pd, int slot, int argument, dnnl_memory_desc plain) {
    return around(main, Descriptors.argument(pd, argument), slot, plain, true);
  }

  private static @Nullable Plan around(
      Prepared main, dnnl_memory_desc own, int slot, dnnl_memory_desc plain, boolean result) {
    if (Descriptors.equal(own, plain)) {
      return of(main);
    }
    Prepared reorder = result ? Reorders.prepare(own, plain) : Reorders.prepare(plain, own);
    if (reorder == null) {
      main.close();
      return null;
    }
    return new Plan(main, reorder, slot, result, result ? "" : Descriptors.format(own));
  }

  /**
   * Whether an argument is reordered before, so that {@link #pack} can do so once for many runs.
   */
  boolean packs() {
    return reorder != null && !packedIsResult;
  }

  /** That of the packed argument; plans of equal formats can share one. */
  String format() {
    return format;
  }

  /** Bytes of the packed argument. */
  long packedBytes() {
    return main.bytes(packedSlot);
  }

  /** Where the argument at {@code slot}, in the caller's layout, is for the next run. */
  Plan bind(int slot, long address) {
    if (slot == packedSlot && reorder != null) {
      reorder.bind(packedIsResult ? 1 : 0, address);
    } else {
      main.bind(slot, address);
    }
    return this;
  }

  /** Bytes of the argument at {@code slot} as the primitive has it. */
  long bytes(int slot) {
    return main.bytes(slot);
  }

  void run(Primitives local) {
    Prepared step = reorder;
    if (step == null) {
      execute(local, main);
      return;
    }
    long packed = align(main.bytes(packedSlot));
    long scratch = Math.max(main.scratchBytes(), step.scratchBytes());
    long block = local.scratch().atLeast(packed + scratch);
    try {
      main.bind(packedSlot, block);
      step.bind(packedIsResult ? 0 : 1, block);
      local.countReorder();
      (packedIsResult ? main : step).execute(local.stream(), block + packed);
      (packedIsResult ? step : main).execute(local.stream(), block + packed);
    } finally {
      local.scratch().release();
    }
  }

  /** As {@link #run(Primitives)}, with the argument at an address where {@link #pack} put it. */
  void run(Primitives local, long packed) {
    main.bind(packedSlot, packed);
    execute(local, main);
  }

  /** Reorders the bound argument to {@code packed}, of {@link #packedBytes}. */
  void pack(Primitives local, long packed) {
    Prepared step = Objects.requireNonNull(reorder, "nothing is packed");
    step.bind(1, packed);
    local.countReorder();
    execute(local, step);
  }

  private static void execute(Primitives local, Prepared step) {
    long bytes = step.scratchBytes();
    long scratch = bytes == 0 ? 0 : local.scratch().atLeast(bytes);
    try {
      step.execute(local.stream(), scratch);
    } finally {
      local.scratch().release();
    }
  }

  private static long align(long bytes) {
    return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
  }

  /** Kind, shapes and implementation. */
  String name() {
    return reorder == null ? main.name() : main.name() + " with " + reorder.name();
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
    main.close();
    if (reorder != null) {
      reorder.close();
    }
  }
}
