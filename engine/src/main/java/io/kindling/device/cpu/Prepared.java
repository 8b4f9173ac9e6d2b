package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.javacpp.Pointer;

/**
 * A primitive with its memory objects and argument list made once: a call only swaps addresses. Not
 * thread-safe, since the addresses live in the memory objects.
 */
final class Prepared implements AutoCloseable {
  /** A pointer that is aimed anew for each call, so that none is allocated. */
  private static final class Aim extends Pointer {
    Pointer at(long newAddress) {
      address = newAddress;
      return this;
    }
  }

  private final String name;
  private final dnnl_primitive primitive = new dnnl_primitive();
  private final dnnl_memory[] memories;
  private final long[] addresses;
  private final long[] bytes;
  private final dnnl_exec_arg_t arguments;
  private final Aim aim = new Aim();
  private final int scratchSlot;

  /**
   * @param name for errors: the kind and the shapes
   * @param args oneDNN's argument numbers in the order in which {@link #bind} counts them
   */
  Prepared(String name, dnnl_primitive_desc pd, int... args) {
    this.name = name + " [" + Descriptors.implementation(pd) + "]";
    long scratch = size(Descriptors.argument(pd, DNNL_ARG_SCRATCHPAD));
    int count = args.length + (scratch > 0 ? 1 : 0);
    this.scratchSlot = scratch > 0 ? args.length : -1;
    this.memories = new dnnl_memory[count];
    this.addresses = new long[count];
    this.bytes = new long[count];
    this.arguments = new dnnl_exec_arg_t(count);
    // Else a PointerScope that the caller has open would free it at its end.
    arguments.retainReference();
    Dnnl.check(dnnl_primitive_create(primitive, pd), this.name);
    for (int i = 0; i < count; i++) {
      int arg = i == scratchSlot ? DNNL_ARG_SCRATCHPAD : args[i];
      dnnl_memory_desc md = Descriptors.argument(pd, arg);
      memories[i] = new dnnl_memory();
      bytes[i] = size(md);
      Dnnl.check(dnnl_memory_create(memories[i], md, Dnnl.ENGINE, aim.at(0)), this.name);
      arguments.position(i).arg(arg).memory(memories[i]);
    }
    arguments.position(0);
  }

  private static long size(dnnl_memory_desc md) {
    return md == null ? 0 : dnnl_memory_desc_get_size(md);
  }

  /** Oneself's kind, shapes and implementation. */
  String name() {
    return name;
  }

  /** The bytes of an argument in the primitive's own layout. */
  long bytes(int slot) {
    return bytes[slot];
  }

  long scratchBytes() {
    return scratchSlot < 0 ? 0 : bytes[scratchSlot];
  }

  /** The argument at {@code slot} is at {@code address} from now on. */
  void bind(int slot, long address) {
    if (addresses[slot] != address) {
      addresses[slot] = address;
      Dnnl.check(dnnl_memory_set_data_handle(memories[slot], aim.at(address)), name);
    }
  }

  void execute(dnnl_stream stream, long scratch) {
    if (scratchSlot >= 0) {
      bind(scratchSlot, scratch);
    }
    int status = dnnl_primitive_execute(primitive, stream, memories.length, arguments);
    if (status != dnnl_success) {
      Dnnl.check(status, name);
    }
  }

  @Override
  public void close() {
    for (dnnl_memory memory : memories) {
      dnnl_memory_destroy(memory);
    }
    dnnl_primitive_destroy(primitive);
    arguments.deallocate();
  }
}
