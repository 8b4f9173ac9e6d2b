package io.kindling.device.cpu;

import io.kindling.core.DeviceException;
import io.kindling.device.Backend;
import io.kindling.device.Device;
import io.kindling.device.DeviceType;
import io.kindling.device.HostMemory;
import io.kindling.device.Memory;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's backend, chosen once for the process by {@code -Dkindling.backend}: {@code auto} (the
 * default: oneDNN where its library loads, else plain Java), {@code onednn} or {@code java}. {@code
 * -Dkindling.isa} caps oneDNN's instruction set, see {@link Isa}.
 */
public final class Cpu implements DeviceType {
  static final String PROPERTY = "kindling.backend";

  private static final Logger LOG = LoggerFactory.getLogger(Cpu.class);

  /** Initialised at first use, so that nothing native loads before. */
  private static final class Chosen {
    static final Isa ISA = Isa.configured();
    static final Backend BACKEND =
        chosen(choose(System.getProperty(PROPERTY, "auto"), OneDnnBackend::new));
  }

  private static volatile boolean chosen;

  private static Backend chosen(Backend backend) {
    chosen = true;
    return backend;
  }

  @Override
  public String name() {
    return Device.CPU.type();
  }

  @Override
  public int count() {
    return 1;
  }

  @Override
  public String absence() {
    return "";
  }

  @Override
  public Memory memory(int index) {
    return HostMemory.INSTANCE;
  }

  @Override
  public Backend backend(int index) {
    return backend();
  }

  /**
   * The backend that runs tensors on the host.
   *
   * @throws DeviceException if {@code kindling.backend} or {@code kindling.isa} has an unknown
   *     value, or the former asks for oneDNN and its library does not load
   */
  public static Backend backend() {
    try {
      return Chosen.BACKEND;
    } catch (ExceptionInInitializerError e) {
      if (e.getCause() instanceof DeviceException cause) {
        throw cause;
      }
      throw e;
    } catch (NoClassDefFoundError e) {
      throw new DeviceException("no CPU backend: its selection failed before, see the first error");
    }
  }

  /** Whether {@link #backend} was called: what it chose stays for the life of the process. */
  public static boolean isChosen() {
    return chosen;
  }

  /** The cap on oneDNN's instruction set that the backend was chosen with. */
  public static Isa isa() {
    backend();
    return Chosen.ISA;
  }

  static Backend choose(String value, Supplier<Backend> oneDnn) {
    Isa.configured(); // a wrong value is not a library that does not load
    return switch (value) {
      case "java" -> new JavaBackend();
      case "onednn" -> required(oneDnn);
      case "auto" -> preferred(oneDnn);
      default ->
          throw new DeviceException(
              PROPERTY + ": expected auto, onednn or java, got '" + value + "'");
    };
  }

  private static Backend required(Supplier<Backend> oneDnn) {
    try {
      return oneDnn.get();
    } catch (LinkageError | RuntimeException e) {
      throw new DeviceException(
          PROPERTY
              + "=onednn: the oneDNN library does not load: "
              + reason(e)
              + ". Add org.bytedeco:dnnl and org.bytedeco:opencl with the classifier of this"
              + " platform to the class path, or use "
              + PROPERTY
              + "=java");
    }
  }

  private static Backend preferred(Supplier<Backend> oneDnn) {
    try {
      return oneDnn.get();
    } catch (LinkageError | RuntimeException e) {
      LOG.warn(
          "the oneDNN library does not load ({}); plain Java computes instead, which is slower."
              + " -D{}=java says that this is intended",
          reason(e),
          PROPERTY);
      return new JavaBackend();
    }
  }

  /** The innermost cause names the library. */
  private static String reason(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getClass().getSimpleName() + ": " + cause.getMessage();
  }
}
