package io.kindling.io;

import static io.kindling.core.DType.BFLOAT16;
import static io.kindling.core.DType.BOOL;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.DataException;
import io.kindling.device.MemoryPool;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("T02 .npy and .npz files")
class NpyTest {
  /** The types that NumPy has too. */
  private static final List<DType> SHARED =
      Arrays.stream(DType.values()).filter(d -> d != BFLOAT16).toList();

  private static Tensor values(DType dtype) {
    return Tensors.fromArray(new int[] {0, 1, 2, 3, 100, 101}, dtype, 6);
  }

  private static Tensor fortran(Tensor x) {
    return x.dim() == 2 ? x.t().contiguous().t() : x.permute(2, 1, 0).contiguous().permute(2, 1, 0);
  }

  /** What make_npy_goldens.py calls ARRAYS. */
  private static Map<String, Tensor> arrays() {
    Map<String, Tensor> out = new LinkedHashMap<>();
    for (DType d : SHARED) {
      Tensor matrix = values(d).view(2, 3);
      out.put(d.torchName(), values(d));
      out.put(d.torchName() + " matrix", matrix);
      out.put(d.torchName() + " fortran", fortran(matrix));
    }
    Tensor cube = Tensors.fromArray(Tensors.arange(24).toIntArray(), 2, 3, 4);
    out.put("scalar", Tensors.tensor(2.5f));
    out.put("empty", Tensors.zeros(DType.INT16, 0, 3));
    out.put("cube", cube);
    out.put("cube fortran", fortran(cube));
    out.put("extremes", Tensors.tensor(Long.MIN_VALUE, Long.MAX_VALUE));
    double infinity = Double.POSITIVE_INFINITY;
    double[] specials = {Double.NaN, infinity, -infinity, -0.0, Double.MIN_VALUE};
    out.put("specials", Tensors.fromArray(specials, 5));
    double[] halves = {65504, 0x1p-24, -infinity, 1 / 3.0};
    out.put("halves", Tensors.fromArray(halves, DType.FLOAT16, 4));
    out.put("größe", Tensors.ones(DType.FLOAT64, 1));
    return out;
  }

  static byte[] golden(String name) throws IOException {
    try (InputStream in = NpyTest.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }

  static byte[] write(Tensor x) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Npy.write(out, x);
    return out.toByteArray();
  }

  static Tensor read(byte[] file) throws IOException {
    return Npy.read(new ByteArrayInputStream(file), "x.npy");
  }

  static byte[] zip(Map<String, Tensor> tensors) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Npz.write(out, tensors);
    return out.toByteArray();
  }

  static Map<String, Tensor> unzip(byte[] file) throws IOException {
    return Npz.read(new ByteArrayInputStream(file), "x.npz");
  }

  private static void assertSame(String what, Tensor expected, Tensor got) {
    assertEquals(expected.dtype(), got.dtype(), what);
    assertArrayEquals(expected.shape(), got.shape(), what);
    assertArrayEquals(expected.toDoubleArray(), got.toDoubleArray(), what);
    assertArrayEquals(expected.toLongArray(), got.toLongArray(), what);
    assertFalse(got.requiresGrad());
  }

  private static void assertSame(Map<String, Tensor> expected, Map<String, Tensor> got) {
    assertEquals(List.copyOf(expected.keySet()), List.copyOf(got.keySet()));
    expected.forEach((name, tensor) -> assertSame(name, tensor, got.get(name)));
  }

  @Test
  @DisplayName("T02 what NumPy saved is read: every type, C and Fortran order, in the file's order")
  void readsNumpy() throws IOException {
    Map<String, Tensor> read = unzip(golden("arrays.npz"));
    assertSame(arrays(), read);
    assertArrayEquals(new long[] {1, 2}, read.get("float32 fortran").stride());
    assertArrayEquals(new long[] {3, 1}, read.get("float32 matrix").stride());
  }

  @Test
  @DisplayName("T02 every array is written with the bytes of numpy.save")
  void sameBytesAsNumpy() throws IOException {
    Map<String, Tensor> arrays = arrays();
    int compared = 0;
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(golden("arrays.npz")))) {
      for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
        Tensor x = arrays.get(e.getName().replace(".npy", ""));
        assertArrayEquals(zip.readAllBytes(), write(x), e.getName());
        compared++;
      }
    }
    assertEquals(arrays.size(), compared);
  }

  @Test
  @DisplayName(
      "T02 big-endian elements, deflated archives and headers of versions 2 and 3 are read")
  void variants() throws IOException {
    Map<String, Tensor> read = unzip(golden("variants.npz"));
    assertEquals(2 * SHARED.size() + 2, read.size());
    for (DType d : SHARED) {
      Tensor expected = values(d).view(2, 3);
      assertSame(d + " big", expected, read.get(d.torchName() + " big"));
      assertSame(d + " big fortran", expected, read.get(d.torchName() + " big fortran"));
    }
    assertSame("version 2", values(DType.FLOAT32), read.get("version 2"));
    assertSame("version 3", values(DType.FLOAT32), read.get("version 3"));
  }

  @Test
  @DisplayName("T02 tensors of any strides go round, alone and in archives, stored and deflated")
  void roundTrip() throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>(arrays());
    tensors.put("strided", Tensors.arange(24).view(4, 6).get("::2, 1::2"));
    tensors.put("transposed cube", Tensors.arange(24).view(2, 3, 4).transpose(0, 1));
    tensors.put("expanded", Tensors.tensor(1f, 2f).expand(3, 2));
    tensors.put("gradient", Tensors.ones(2).requiresGrad_().mul(3));
    tensors.put("large", Tensors.arange(70_000).view(7, 10_000));
    tensors.put("", Tensors.tensor(true, false));
    for (Map.Entry<String, Tensor> e : tensors.entrySet()) {
      assertSame(e.getKey(), e.getValue(), read(write(e.getValue())));
    }
    assertSame(tensors, unzip(zip(tensors)));
    ByteArrayOutputStream deflated = new ByteArrayOutputStream();
    Npz.writeCompressed(deflated, tensors);
    assertSame(tensors, unzip(deflated.toByteArray()));
    assertTrue(deflated.size() < zip(tensors).length / 2);
    assertArrayEquals(zip(tensors), zip(tensors));
    assertTrue(unzip(zip(Map.of())).isEmpty());
  }

  @Test
  @DisplayName("T02 paths are read and written as streams are")
  void paths(@TempDir Path folder) throws IOException {
    Tensor x = Tensors.arange(6).view(2, 3);
    Path file = folder.resolve("x.npy");
    Npy.write(file, x);
    assertArrayEquals(write(x), Files.readAllBytes(file));
    assertSame("path", x, Npy.read(file));
    Path archive = folder.resolve("x.npz");
    Npz.write(archive, Map.of("x", x));
    assertSame(Map.of("x", x), Npz.read(archive));
    DataException e = assertThrows(DataException.class, () -> Npz.read(file));
    assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
    assertThrows(NoSuchFileException.class, () -> Npy.read(folder.resolve("none.npy")));
  }

  @Test
  @DisplayName("T02 bfloat16 and more than 64 dimensions are refused before anything is written")
  void bfloat16() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Tensor x = Tensors.ones(BFLOAT16, 2);
    DataException e = assertThrows(DataException.class, () -> Npy.write(out, x));
    assertEquals(
        "npy: NumPy has no bfloat16; convert the tensor first, such as with toFloat()",
        e.getMessage());
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("a", Tensors.ones(2));
    tensors.put("b", x);
    e = assertThrows(DataException.class, () -> Npz.write(out, tensors));
    assertEquals(
        "npz: b: NumPy has no bfloat16; convert the tensor first, such as with toFloat()",
        e.getMessage());
    Tensor deep = Tensors.ones(1).view(LongStream.generate(() -> 1).limit(65).toArray());
    e = assertThrows(DataException.class, () -> Npy.write(out, deep));
    assertEquals("npy: NumPy has at most 64 dimensions, got 65", e.getMessage());
    assertEquals(0, out.size());
  }

  @Test
  @DisplayName("T02 reading closes the stream, also after an error; writing leaves it open")
  void closes() throws IOException {
    boolean[] closed = new boolean[1];
    byte[] archive = zip(Map.of("x", Tensors.ones(1)));
    for (byte[] content : new byte[][] {write(Tensors.ones(1)), archive, {1, 2}}) {
      InputStream in =
          new ByteArrayInputStream(content) {
            @Override
            public void close() {
              closed[0] = true;
            }
          };
      closed[0] = false;
      if (content == archive) {
        Npz.read(in, "x");
      } else if (content.length > 2) {
        Npy.read(in, "x");
      } else {
        assertThrows(DataException.class, () -> Npy.read(in, "x"));
      }
      assertTrue(closed[0]);
    }
    OutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public void close() {
            throw new AssertionError("closed");
          }
        };
    Npy.write(out, Tensors.ones(1));
    Npz.write(out, Map.of("x", Tensors.ones(1)));
  }

  @Test
  @DisplayName("T02 writing and failed reading leave no native memory behind")
  void releases() throws IOException {
    byte[] file = write(Tensors.ones(1000));
    byte[] cut = Arrays.copyOf(file, file.length - 1);
    byte[] long_ = Arrays.copyOf(file, file.length + 1);
    byte[] archive = zip(Map.of("a", Tensors.ones(1000), "b", Tensors.ones(1000)));
    byte[] cutArchive = Arrays.copyOf(archive, archive.length - 1);
    Tensor strided = Tensors.ones(100, 100).get("::2, ::2");
    long before = MemoryPool.host().stats().inUse();
    for (int i = 0; i < 20; i++) {
      assertThrows(DataException.class, () -> read(cut));
      assertThrows(DataException.class, () -> read(long_));
      assertThrows(DataException.class, () -> unzip(cutArchive));
      write(strided);
      zip(Map.of("x", strided));
    }
    assertTrue(MemoryPool.host().stats().inUse() <= before);
  }

  @Test
  @DisplayName("T02 a stream that hands out little at a time is read whole")
  void slowStream() throws IOException {
    InputStream slow =
        new ByteArrayInputStream(golden("variants.npz")) {
          @Override
          public synchronized int read(byte[] to, int offset, int length) {
            return super.read(to, offset, Math.min(length, 3));
          }
        };
    assertEquals(values(BOOL).toDoubleArray().length, Npz.read(slow, "x").get("bool big").numel());
  }
}
