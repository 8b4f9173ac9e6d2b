package io.kindling.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.DataException;
import io.kindling.device.MemoryPool;
import io.kindling.device.Scope;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("M03 safetensors files")
class SafeTensorsTest {
  private static final Map<String, String> FORMAT = Map.of("format", "pt");

  /** What make_safetensors_goldens.py calls STATE. */
  static Map<String, Tensor> state() {
    Tensor weight = Tensors.arange(6).reshape(2, 3).toFloat().div(4).sub(0.5);
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("fc1.weight", weight);
    state.put("fc1.bias", Tensors.tensor(Float.NaN, Float.NEGATIVE_INFINITY, -0.0f));
    state.put("fc1.weight.t", weight.t());
    state.put("every.other", Tensors.arange(6).get("::2"));
    state.put("steps", Tensors.tensor((1L << 62) + 1));
    state.put("mean", Tensors.tensor(new double[][] {{0.1}, {1e300}}, DType.FLOAT64));
    state.put("scalar", Tensors.full(1.5, DType.FLOAT64));
    state.put("mask", Tensors.tensor(true, false, true));
    state.put("image", Tensors.tensor(new byte[][] {{0, 127}, {-128, -1}}));
    state.put("int8", Tensors.tensor(new int[] {-128, 0, 127}, DType.INT8));
    state.put("int16", Tensors.tensor(new int[] {-32768, 0, 32767}, DType.INT16));
    int[] ints = {Integer.MIN_VALUE, 0, Integer.MAX_VALUE};
    state.put("int32", Tensors.tensor(ints, DType.INT32));
    double[] halves = {1 / 3.0, 65504, Double.NEGATIVE_INFINITY, Double.NaN, -0.0};
    state.put("half", Tensors.tensor(halves, DType.FLOAT16));
    halves[1] = 3e38;
    state.put("bfloat16", Tensors.tensor(halves, DType.BFLOAT16));
    state.put("empty", Tensors.empty(0, 3));
    state.put("\uD83D\uDE00", Tensors.tensor(1.0f).reshape(1));
    state.put("\uFF21", Tensors.tensor(2.0f).reshape(1));
    state.put(
        "quote \" slash / back \\ \b\f\n\r\t\u0001\u007f\u2028 größe",
        Tensors.tensor(3.0f).reshape(1));
    state.put("", Tensors.tensor(4.0f).reshape(1));
    return state;
  }

  static byte[] write(Map<String, Tensor> tensors, Map<String, String> metadata) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      SafeTensors.write(out, tensors, metadata);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  static Map<String, Tensor> read(byte[] file) throws IOException {
    return SafeTensors.read(new ByteArrayInputStream(file), "model.safetensors");
  }

  private static byte[] golden(String name) throws IOException {
    try (InputStream in = SafeTensorsTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  @Test
  @DisplayName("M03 what is written has the bytes of safetensors.torch.save_file")
  void sameBytesAsPython() throws IOException {
    assertArrayEquals(golden("state.safetensors"), write(state(), FORMAT));
  }

  @Test
  @DisplayName("M03 what Python wrote is read: values, shapes, types, names, in the file's order")
  void readsPython() throws IOException {
    Map<String, Tensor> read = read(golden("state.safetensors"));
    Map<String, Tensor> expected = state();
    assertEquals(expected.keySet(), read.keySet());
    for (String name : expected.keySet()) {
      assertSame(expected.get(name), read.get(name));
    }
    assertEquals(
        List.of("every.other", "steps", "mean", "scalar", "", "empty", "fc1.bias"),
        List.copyOf(read.keySet()).subList(0, 7));
    assertEquals(
        FORMAT,
        SafeTensors.readMetadata(new ByteArrayInputStream(golden("state.safetensors")), "state"));
  }

  /** Bit for bit: NaN, negative zero and the sizes of dimensions count. */
  private static void assertSame(Tensor expected, Tensor got) {
    assertEquals(expected.dtype(), got.dtype());
    assertArrayEquals(expected.shape(), got.shape());
    assertTrue(got.isContiguous());
    assertFalse(got.requiresGrad());
    if (expected.isFloatingPoint()) {
      assertArrayEquals(expected.toDoubleArray(), got.toDoubleArray());
    } else {
      assertArrayEquals(expected.toLongArray(), got.toLongArray());
    }
  }

  @Test
  @DisplayName("M03 all ten types go round, of any strides")
  void types() throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (DType d : DType.values()) {
      Tensor x = Tensors.fromArray(new int[] {0, 1, 2, 3, 100, 101}, d, 2, 3);
      tensors.put(d + " matrix", x);
      tensors.put(d + " strided", x.t());
      tensors.put(d + " scalar", x.get(1, 2));
      tensors.put(d + " empty", x.newEmpty(3, 0));
    }
    Map<String, Tensor> read = read(write(tensors, FORMAT));
    assertEquals(tensors.keySet(), read.keySet());
    tensors.forEach((name, tensor) -> assertSame(tensor, read.get(name)));
  }

  @Test
  @DisplayName("M03 the order of the maps does not change the bytes")
  void deterministic() {
    Map<String, Tensor> state = state();
    List<String> names = new ArrayList<>(state.keySet());
    Collections.reverse(names);
    Map<String, Tensor> reversed = new LinkedHashMap<>();
    names.forEach(name -> reversed.put(name, state.get(name)));
    Map<String, String> forth = new LinkedHashMap<>();
    forth.put("a", "1");
    forth.put("b", "2");
    Map<String, String> back = new LinkedHashMap<>();
    back.put("b", "2");
    back.put("a", "1");
    assertArrayEquals(write(state, forth), write(reversed, back));
  }

  @Test
  @DisplayName("M03 metadata goes round, whatever its characters")
  void metadata() throws IOException {
    Map<String, String> metadata =
        Map.of("", "", "model.class", "com.acme.\"Net\"", "größe \uD83D\uDE00", "a\\b\n\u0000");
    byte[] file = write(Map.of(), metadata);
    assertEquals(
        metadata, SafeTensors.readMetadata(new ByteArrayInputStream(file), "model.safetensors"));
    assertTrue(read(file).isEmpty());
  }

  @Test
  @DisplayName("M03 no tensors and no metadata: an empty header, filled up to eight bytes")
  void nothing() throws IOException {
    byte[] file = write(Map.of(), Map.of());
    assertEquals("{}      ", new String(file, 8, 8, StandardCharsets.UTF_8));
    assertTrue(read(file).isEmpty());
    assertTrue(
        SafeTensors.readMetadata(new ByteArrayInputStream(file), "model.safetensors").isEmpty());
  }

  @Test
  @DisplayName("M03 the data begins at a multiple of eight, whatever the names")
  void aligned() throws IOException {
    for (int n = 0; n < 9; n++) {
      byte[] file = write(Map.of("x".repeat(n), Tensors.ones(3)), Map.of());
      assertEquals(0, (file.length - 12) % 8);
      assertEquals(3, read(file).get("x".repeat(n)).sum().item());
    }
  }

  @Test
  @DisplayName("M03 a parameter is written like any tensor and read without a gradient")
  void gradient() throws IOException {
    Tensor x = Tensors.ones(2).requiresGrad_();
    Tensor y = x.mul(3);
    Map<String, Tensor> read = read(write(Map.of("x", x, "y", y), Map.of()));
    assertSame(x.detach(), read.get("x"));
    assertSame(y.detach(), read.get("y"));
  }

  @Test
  @DisplayName("M03 an expanded tensor is written out")
  void expanded() throws IOException {
    Tensor x = Tensors.tensor(1f, 2f).expand(3, 2);
    assertSame(x, read(write(Map.of("x", x), Map.of())).get("x"));
  }

  @Test
  @DisplayName("M03 tensors larger than the first allocation are read whole, in pieces")
  void large() throws IOException {
    long n = (70 << 20) / 8 + 3;
    byte[] file;
    try (Scope scope = Scope.open()) {
      Tensor x = Tensors.zeros(DType.INT64, n);
      x.set("::1000", 5);
      x.set("-1", 7);
      file = write(Map.of("x", x, "z", Tensors.tensor(9L)), Map.of());
      long before = MemoryPool.host().stats().inUse();
      Map<String, Tensor> read = read(file);
      assertTrue(read.get("x").equal(x));
      assertEquals(9, read.get("z").itemLong());
      assertTrue(MemoryPool.host().stats().inUse() - before < 3 * 70 << 20);
    }
  }

  @Test
  @DisplayName("M03 writing and failed reading leave no native memory behind")
  void releases() throws IOException {
    byte[] file = write(Map.of("a", Tensors.ones(1000), "b", Tensors.ones(1000)), Map.of());
    byte[] cut = Arrays.copyOf(file, file.length - 1);
    Tensor strided = Tensors.ones(100, 100).t();
    long before = MemoryPool.host().stats().inUse();
    for (int i = 0; i < 20; i++) {
      assertThrows(DataException.class, () -> read(cut));
      write(Map.of("x", strided), Map.of());
    }
    assertTrue(MemoryPool.host().stats().inUse() <= before);
  }

  @Test
  @DisplayName("M03 a stream that hands out little at a time is read whole")
  void slowStream() throws IOException {
    byte[] file = golden("state.safetensors");
    InputStream slow =
        new ByteArrayInputStream(file) {
          @Override
          public synchronized int read(byte[] to, int offset, int length) {
            return super.read(to, offset, Math.min(length, 3));
          }
        };
    assertEquals(state().keySet(), SafeTensors.read(slow, "slow").keySet());
  }

  @Test
  @DisplayName("M03 reading closes the stream, also after an error; writing leaves it open")
  void closes() throws IOException {
    boolean[] closed = new boolean[1];
    byte[] file = write(Map.of("x", Tensors.ones(1)), Map.of());
    for (byte[] content : new byte[][] {file, {1, 2}}) {
      closed[0] = false;
      InputStream in =
          new SequenceInputStream(
              new ByteArrayInputStream(content), InputStream.nullInputStream()) {
            @Override
            public void close() {
              closed[0] = true;
            }
          };
      try {
        SafeTensors.read(in, "x");
      } catch (DataException e) {
        assertEquals(2, content.length);
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
    SafeTensors.write(out, Map.of(), Map.of());
  }

  @Test
  @DisplayName("M03 the header of any file is listed, whatever its types")
  void header() throws IOException {
    byte[] foreign = golden("foreign.safetensors");
    // The data is not looked at.
    byte[] start = Arrays.copyOf(foreign, foreign.length - 10);
    List<SafeTensors.Entry> entries =
        SafeTensors.readHeader(new ByteArrayInputStream(start), "foreign");
    assertEquals(12, entries.size());
    assertEquals(new SafeTensors.Entry("u64", "U64", List.of(1L), 8), entries.get(0));
    assertTrue(entries.contains(new SafeTensors.Entry("b", "BF16", List.of(2L, 3L), 12)));
    assertTrue(entries.contains(new SafeTensors.Entry("f8a", "F8_E4M3", List.of(5L), 5)));
    assertTrue(entries.contains(new SafeTensors.Entry("f", "F32", List.of(), 4)));
  }

  @Test
  @DisplayName("M03 a tensor of a type that the engine lacks is named, before anything is loaded")
  void foreignType() throws IOException {
    byte[] foreign = golden("foreign.safetensors");
    DataException e = assertThrows(DataException.class, () -> read(foreign));
    assertEquals(
        "model.safetensors: tensor \"u64\": the dtype U64 cannot be read; expected one of BOOL,"
            + " U8, I8, I16, F16, BF16, I32, F32, F64 and I64. Convert the file first, such as with"
            + " tensor.to(torch.float32) in PyTorch",
        e.getMessage());
  }

  @Test
  @DisplayName("M03 names that the format cannot hold are refused before anything is written")
  void badNames() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Tensor x = Tensors.ones(1);
    DataException e =
        assertThrows(
            DataException.class, () -> SafeTensors.write(out, Map.of("__metadata__", x), Map.of()));
    assertEquals("safetensors: no tensor can have the name __metadata__", e.getMessage());
    for (Map<String, String> metadata :
        List.of(Map.of("\uD83D", "x"), Map.of("x", "\uD83D"), Map.of("x", "\uDE00\uD83D"))) {
      e = assertThrows(DataException.class, () -> SafeTensors.write(out, Map.of("x", x), metadata));
      assertTrue(
          e.getMessage().endsWith("has half a surrogate pair, which UTF-8 cannot hold"),
          e.getMessage());
    }
    assertThrows(DataException.class, () -> SafeTensors.write(out, Map.of("\uDE00", x), Map.of()));
    assertEquals(0, out.size());
  }

  @Test
  @DisplayName("M03 a header beyond the format's limit is refused")
  void longHeader() {
    SafeTensorsHeader header = new SafeTensorsHeader(List.of(), Map.of("x", "y".repeat(70)));
    assertEquals(8 + 96, header.toBytes(96).length);
    DataException e = assertThrows(DataException.class, () -> header.toBytes(95));
    assertEquals(
        "safetensors: the header of 0 tensors would take 96 bytes; at most 95 are allowed, so"
            + " shorten the metadata or write several files",
        e.getMessage());
  }
}
