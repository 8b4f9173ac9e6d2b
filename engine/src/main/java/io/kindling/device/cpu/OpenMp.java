package io.kindling.device.cpu;

import java.lang.ref.Reference;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.opencl.User_func_Pointer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps oneDNN to one OpenMP thread for each of ours. Several tasks run at once in a process, and
 * the order of additions depends on the number of threads, so with one the results do not depend on
 * the machine.
 *
 * <p>OpenMP reads {@code OMP_NUM_THREADS} when it is loaded, and Java cannot set an environment
 * variable; without one the run-time call is made, which counts for the calling thread only.
 */
final class OpenMp {
  static final String VARIABLE = "OMP_NUM_THREADS";

  private static final Logger LOG = LoggerFactory.getLogger(OpenMp.class);
  private static final @Nullable String CONFIGURED = System.getenv(VARIABLE);
  private static final @Nullable Setter SETTER = CONFIGURED == null ? Setter.find() : null;

  static {
    String warning = warning(CONFIGURED, SETTER != null);
    if (warning != null) {
      LOG.warn(warning);
    }
  }

  /** A number that travels as a pointer: what a C function with one int takes from a register. */
  private static final class Word extends Pointer {
    Word(long value) {
      address = value;
    }
  }

  /** {@code omp_set_num_threads}, called through a function type that JavaCPP has ready. */
  private static final class Setter extends User_func_Pointer {
    private static final Word ONE = new Word(1);

    /** Kept reachable: the function pointer is read from it at each call. */
    private final PointerPointer<Pointer> function;

    private Setter(PointerPointer<Pointer> function) {
      super(function);
      this.function = function;
    }

    static @Nullable Setter find() {
      Dnnl.load();
      Pointer symbol = Loader.addressof("omp_set_num_threads");
      if (symbol == null || symbol.isNull()) {
        return null;
      }
      return new Setter(new PointerPointer<>(2).put(0, symbol));
    }

    void setOne() {
      try {
        call(ONE);
      } finally {
        Reference.reachabilityFence(function);
      }
    }
  }

  private OpenMp() {}

  /** What to tell the user, or null where one thread is sure. */
  static @Nullable String warning(@Nullable String configured, boolean canSet) {
    String advice =
        "set "
            + VARIABLE
            + "=1 in the environment (spark.executorEnv."
            + VARIABLE
            + "=1 for executors)";
    if (configured == null) {
      return canSet
          ? null
          : VARIABLE
              + " is not set and cannot be set from here: oneDNN uses every core in each task,"
              + " which slows tasks down and changes the last bits of results; "
              + advice;
    }
    return configured.trim().equals("1")
        ? null
        : VARIABLE
            + " is "
            + configured
            + ": the last bits of results depend on it, and tasks fight for cores; "
            + advice;
  }

  /** To be called once on each thread that runs primitives. */
  static void useOneThread() {
    if (SETTER != null) {
      SETTER.setOne();
    }
  }
}
