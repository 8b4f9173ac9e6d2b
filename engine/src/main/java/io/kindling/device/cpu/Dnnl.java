package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.kindling.core.DeviceException;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.javacpp.Loader;

/** The loaded oneDNN: its CPU engine, the attributes all primitives share, and status checks. */
final class Dnnl {
  private static final String[] STATUS = {
    "success",
    "out of memory",
    "invalid arguments",
    "unimplemented",
    "last implementation reached",
    "run-time error",
    "not required",
    "invalid graph",
    "invalid graph op",
    "invalid shape",
    "invalid data type"
  };

  /** One for the process; primitives of all threads live on it. */
  static final dnnl_engine ENGINE = new dnnl_engine();

  /** Scratchpads are ours: they come from the memory pool and count against its limit. */
  static final dnnl_primitive_attr ATTRIBUTES = new dnnl_primitive_attr();

  static {
    Isa cap = Isa.configured();
    Loader.load(org.bytedeco.dnnl.global.dnnl.class);
    if (cap != Isa.AUTO) {
      // Only before the first use of anything else.
      check(dnnl_set_max_cpu_isa(cap.code()), Isa.PROPERTY + "=" + cap.text());
    }
    check(dnnl_engine_create(ENGINE, dnnl_cpu, 0), "engine");
    check(dnnl_primitive_attr_create(ATTRIBUTES), "attributes");
    check(
        dnnl_primitive_attr_set_scratchpad_mode(ATTRIBUTES, dnnl_scratchpad_mode_user),
        "attributes");
  }

  private Dnnl() {}

  /** Loads the natives. */
  static void load() {
    if (ENGINE.isNull()) {
      throw new DeviceException("oneDNN: no CPU engine");
    }
  }

  /** {@code 3.11.0}. */
  static String version() {
    dnnl_version_t v = dnnl_version();
    return v.major() + "." + v.minor() + "." + v.patch();
  }

  /** The instruction set of the kernels: what the host has, or less where it is capped. */
  static String isa() {
    return Isa.text(dnnl_get_effective_cpu_isa());
  }

  /**
   * @param what the call or primitive and its shapes
   * @throws DeviceException for any status but success
   */
  static void check(int status, Object what) {
    if (status != dnnl_success) {
      throw new DeviceException("oneDNN: " + what + " failed: " + text(status));
    }
  }

  static String text(int status) {
    return status >= 0 && status < STATUS.length
        ? STATUS[status] + " (status " + status + ")"
        : "status " + status;
  }
}
