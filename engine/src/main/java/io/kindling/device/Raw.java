package io.kindling.device;

import java.lang.reflect.Field;
import java.nio.Buffer;
import sun.misc.Unsafe;

/**
 * Raw memory of the host. The one place that touches {@link Unsafe}: bulk copies between heap
 * arrays and native memory are its intrinsics, and single elements are read where strides leave
 * nothing to copy in bulk.
 */
public final class Raw {
  private static final Unsafe U = unsafe();
  private static final long ADDRESS_OF_BUFFER = addressOfBuffer();

  private Raw() {}

  private static Unsafe unsafe() {
    try {
      Field f = Unsafe.class.getDeclaredField("theUnsafe");
      f.setAccessible(true);
      return (Unsafe) f.get(null);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("deprecation") // there is no other way without options of the JVM
  private static long addressOfBuffer() {
    try {
      return U.objectFieldOffset(Buffer.class.getDeclaredField("address"));
    } catch (NoSuchFieldException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Where a direct buffer begins, whatever its position. */
  static long address(Buffer direct) {
    return U.getLong(direct, ADDRESS_OF_BUFFER);
  }

  static long allocate(long bytes) {
    return U.allocateMemory(bytes);
  }

  static void free(long address) {
    U.freeMemory(address);
  }

  public static void zero(long address, long bytes) {
    U.setMemory(address, bytes, (byte) 0);
  }

  static void fill(long address, long bytes, byte value) {
    U.setMemory(address, bytes, value);
  }

  public static void copy(long from, long to, long bytes) {
    U.copyMemory(from, to, bytes);
  }

  /** The bytes of one element of a primitive array. */
  static long elementSize(Object array) {
    return U.arrayIndexScale(array.getClass());
  }

  /** Copies elements of any primitive array; the forms below know its type. */
  static void get(long from, Object to, int at, int n) {
    long size = elementSize(to);
    U.copyMemory(null, from, to, U.arrayBaseOffset(to.getClass()) + size * at, size * n);
  }

  /** The reverse of {@link #get(long, Object, int, int)}. */
  static void put(Object from, int at, long to, int n) {
    long size = elementSize(from);
    U.copyMemory(from, U.arrayBaseOffset(from.getClass()) + size * at, null, to, size * n);
  }

  public static void get(long from, float[] to, int at, int n) {
    U.copyMemory(null, from, to, Unsafe.ARRAY_FLOAT_BASE_OFFSET + 4L * at, 4L * n);
  }

  public static void get(long from, double[] to, int at, int n) {
    U.copyMemory(null, from, to, Unsafe.ARRAY_DOUBLE_BASE_OFFSET + 8L * at, 8L * n);
  }

  public static void get(long from, long[] to, int at, int n) {
    U.copyMemory(null, from, to, Unsafe.ARRAY_LONG_BASE_OFFSET + 8L * at, 8L * n);
  }

  public static void get(long from, byte[] to, int at, int n) {
    U.copyMemory(null, from, to, (long) Unsafe.ARRAY_BYTE_BASE_OFFSET + at, n);
  }

  public static void get(long from, int[] to, int at, int n) {
    U.copyMemory(null, from, to, Unsafe.ARRAY_INT_BASE_OFFSET + 4L * at, 4L * n);
  }

  public static void put(int[] from, int at, long to, int n) {
    U.copyMemory(from, Unsafe.ARRAY_INT_BASE_OFFSET + 4L * at, null, to, 4L * n);
  }

  /** The bits of {@code n} floats, from the start of both arrays. */
  public static void bits(float[] from, int[] to, int n) {
    U.copyMemory(from, Unsafe.ARRAY_FLOAT_BASE_OFFSET, to, Unsafe.ARRAY_INT_BASE_OFFSET, 4L * n);
  }

  /** The reverse of {@link #bits(float[], int[], int)}. */
  public static void bits(int[] from, float[] to, int n) {
    U.copyMemory(from, Unsafe.ARRAY_INT_BASE_OFFSET, to, Unsafe.ARRAY_FLOAT_BASE_OFFSET, 4L * n);
  }

  public static void bits(double[] from, long[] to, int n) {
    U.copyMemory(from, Unsafe.ARRAY_DOUBLE_BASE_OFFSET, to, Unsafe.ARRAY_LONG_BASE_OFFSET, 8L * n);
  }

  public static void bits(long[] from, double[] to, int n) {
    U.copyMemory(from, Unsafe.ARRAY_LONG_BASE_OFFSET, to, Unsafe.ARRAY_DOUBLE_BASE_OFFSET, 8L * n);
  }

  public static void put(float[] from, int at, long to, int n) {
    U.copyMemory(from, Unsafe.ARRAY_FLOAT_BASE_OFFSET + 4L * at, null, to, 4L * n);
  }

  public static void put(double[] from, int at, long to, int n) {
    U.copyMemory(from, Unsafe.ARRAY_DOUBLE_BASE_OFFSET + 8L * at, null, to, 8L * n);
  }

  public static void put(long[] from, int at, long to, int n) {
    U.copyMemory(from, Unsafe.ARRAY_LONG_BASE_OFFSET + 8L * at, null, to, 8L * n);
  }

  public static void put(byte[] from, int at, long to, int n) {
    U.copyMemory(from, (long) Unsafe.ARRAY_BYTE_BASE_OFFSET + at, null, to, n);
  }

  public static float getFloat(long address) {
    return U.getFloat(address);
  }

  public static double getDouble(long address) {
    return U.getDouble(address);
  }

  public static long getLong(long address) {
    return U.getLong(address);
  }

  public static int getInt(long address) {
    return U.getInt(address);
  }

  public static short getShort(long address) {
    return U.getShort(address);
  }

  public static byte getByte(long address) {
    return U.getByte(address);
  }

  public static void putFloat(long address, float value) {
    U.putFloat(address, value);
  }

  public static void putDouble(long address, double value) {
    U.putDouble(address, value);
  }

  public static void putLong(long address, long value) {
    U.putLong(address, value);
  }

  public static void putInt(long address, int value) {
    U.putInt(address, value);
  }

  public static void putShort(long address, short value) {
    U.putShort(address, value);
  }

  public static void putByte(long address, byte value) {
    U.putByte(address, value);
  }
}
