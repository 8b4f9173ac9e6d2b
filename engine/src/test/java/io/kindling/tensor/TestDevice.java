package io.kindling.tensor;

import io.kindling.device.Backend;
import io.kindling.device.Device;
import io.kindling.device.DeviceType;
import io.kindling.device.HostMemory;
import io.kindling.device.Memory;
import io.kindling.device.Operand;
import io.kindling.device.Raw;
import io.kindling.device.Scope;
import io.kindling.device.Storage;
import io.kindling.device.Strided;
import io.kindling.device.cpu.JavaBackend;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Two devices, {@code test:0} and {@code test:1}, whose memory cannot be read from the host by its
 * address, as a GPU's cannot. A kernel runs on copies that the plain Java backend makes its loops
 * over. As an extension it makes all tensors of a class of tests on {@code test:0}.
 */
public final class TestDevice implements DeviceType, BeforeAllCallback, AfterAllCallback {
  public static final Device FIRST = new Device("test", 0);
  public static final Device SECOND = new Device("test", 1);

  private static final TestDevice TYPE = new TestDevice();

  private final Blocks[] memories = {new Blocks(FIRST), new Blocks(SECOND)};
  private final Backend backend =
      (Backend)
          Proxy.newProxyInstance(
              Backend.class.getClassLoader(),
              new Class<?>[] {Backend.class},
              (proxy, method, arguments) -> onCopies(method, arguments));

  /** Makes the devices available until {@link #remove}. */
  public static void install() {
    Backends.register(TYPE);
  }

  public static void remove() {
    Backends.unregister(TYPE);
  }

  /** Bytes in use on {@link #FIRST}. */
  static long inUse() {
    return TYPE.memories[0].inUse();
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    Objects.requireNonNull(OpTable.ROWS); // other tests share its tensors: they stay on the CPU
    install();
    DefaultDevice.set(FIRST);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    DefaultDevice.set(Device.CPU);
    remove();
  }

  @Override
  public String name() {
    return FIRST.type();
  }

  @Override
  public int count() {
    return memories.length;
  }

  @Override
  public String absence() {
    return "";
  }

  @Override
  public Memory memory(int index) {
    return memories[index];
  }

  @Override
  public Backend backend(int index) {
    return backend;
  }

  /** Blocks that are found by the number that is their address. */
  private static final class Blocks implements Memory {
    private final Device device;
    private final TreeMap<Long, byte[]> blocks = new TreeMap<>();
    private long next;
    private long inUse;

    Blocks(Device device) {
      this.device = device;
      this.next = (device.index() + 1L) << 52; // no address of this process
    }

    @Override
    public Device device() {
      return device;
    }

    synchronized long inUse() {
      return inUse;
    }

    @Override
    public synchronized long take(long bytes, String asker) {
      long address = next;
      next += bytes + 64;
      inUse += bytes;
      blocks.put(address, new byte[Math.toIntExact(bytes)]);
      return address;
    }

    @Override
    public synchronized void give(long address, long bytes) {
      if (blocks.remove(address) == null) {
        throw new AssertionError("a block is given back twice");
      }
      inUse -= bytes;
    }

    private byte[] block(long address, long bytes) {
      Map.Entry<Long, byte[]> found = blocks.floorEntry(address);
      if (found == null || address + bytes > found.getKey() + found.getValue().length) {
        throw new AssertionError("outside of every block in use: " + address + " + " + bytes);
      }
      return found.getValue();
    }

    private int at(long address) {
      return (int) (address - blocks.floorKey(address));
    }

    @Override
    public synchronized void copy(long from, long to, long bytes) {
      byte[] source = block(from, bytes);
      System.arraycopy(source, at(from), block(to, bytes), at(to), (int) bytes);
    }

    @Override
    public synchronized void upload(long host, long to, long bytes) {
      Raw.get(host, block(to, bytes), at(to), (int) bytes);
    }

    @Override
    public synchronized void download(long from, long host, long bytes) {
      Raw.put(block(from, bytes), at(from), host, (int) bytes);
    }
  }

  /** Calls the Java backend with copies on the host, and copies back what they became. */
  private static Object onCopies(Method method, Object[] arguments) throws Throwable {
    Map<Storage, Storage> copies = new IdentityHashMap<>();
    try (Scope temporary = Scope.open()) {
      Object[] translated = arguments == null ? null : arguments.clone();
      Memory memory = null;
      for (int i = 0; translated != null && i < translated.length; i++) {
        translated[i] = translate(translated[i], copies);
      }
      Object result = method.invoke(new JavaBackend(), translated);
      for (Map.Entry<Storage, Storage> e : copies.entrySet()) {
        Storage device = e.getKey();
        memory = device.memory();
        memory.upload(e.getValue().address(), device.address(), device.bytes());
      }
      return result instanceof Strided host ? toDevice(host, memory, temporary) : result;
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static Object translate(Object argument, Map<Storage, Storage> copies) {
    if (argument instanceof Strided s) {
      return new Strided(
          copies.computeIfAbsent(s.storage(), TestDevice::copy), s.dtype(), s.layout());
    }
    if (argument instanceof Strided[] all) {
      Strided[] out = new Strided[all.length];
      for (int i = 0; i < out.length; i++) {
        out[i] = (Strided) translate(all[i], copies);
      }
      return out;
    }
    if (argument instanceof Operand[] all) {
      Operand[] out = new Operand[all.length];
      for (int i = 0; i < out.length; i++) {
        out[i] = (Operand) translate(all[i], copies);
      }
      return out;
    }
    return argument;
  }

  private static Storage copy(Storage device) {
    if (device.device().isCpu()) {
      throw new AssertionError("an operand on the CPU");
    }
    Storage host = Storage.allocate(HostMemory.INSTANCE, device.bytes(), "a test device");
    device.memory().download(device.address(), host.address(), device.bytes());
    return host;
  }

  private static Strided toDevice(Strided host, Memory memory, Scope temporary) {
    Strided device = Strided.allocate(memory, host.dtype(), host.layout(), "a test device");
    host.transfer(device, host.storage().bytes());
    temporary.keep(device.storage());
    return device;
  }
}
