package io.kindling.device.cpu;

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
  private boolean closed;

  private Plan(Prepared main, @Nullable Prepared reorder, int packedSlot, boolean packedIsResult) {
    this.main = main;
    this.reorder = reorder;
    this.packedSlot = packedSlot;
    this.packedIsResult = packedIsResult;
  }

  static Plan of(Prepared main) {
    return new Plan(main, null, -1, false);
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
    return new Plan(main, reorder, slot, result);
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
    long packed = reorder == null ? 0 : align(main.bytes(packedSlot));
    long scratch = main.scratchBytes();
    if (reorder != null) {
      scratch = Math.max(scratch, reorder.scratchBytes());
    }
    if (packed + scratch == 0) {
      main.execute(local.stream(), 0);
      return;
    }
    long block = local.scratch().atLeast(packed + scratch);
    try {
      run(local, block, block + packed);
    } finally {
      local.scratch().release();
    }
  }

  private void run(Primitives local, long packed, long scratch) {
    if (reorder == null) {
      main.execute(local.stream(), scratch);
      return;
    }
    main.bind(packedSlot, packed);
    reorder.bind(packedIsResult ? 0 : 1, packed);
    if (packedIsResult) {
      main.execute(local.stream(), scratch);
      reorder.execute(local.stream(), scratch);
    } else {
      reorder.execute(local.stream(), scratch);
      main.execute(local.stream(), scratch);
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
