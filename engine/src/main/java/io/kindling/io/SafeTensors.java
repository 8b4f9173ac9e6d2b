package io.kindling.io;

import static io.kindling.io.SafeTensorsHeader.fault;
import static io.kindling.io.SafeTensorsHeader.quote;

import io.kindling.core.DType;
import io.kindling.core.DataException;
import io.kindling.device.Scope;
import io.kindling.io.SafeTensorsHeader.Item;
import io.kindling.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The safetensors format of Hugging Face: named tensors behind a JSON header, nothing that runs.
 * What is written has the same bytes as what {@code safetensors.torch.save_file} writes for the
 * same tensors.
 *
 * <p>Every fault of a file is a {@link DataException} that names the file and the tensor; an {@link
 * IOException} is a failure to read it. Data passes through in small pieces, so a file may be much
 * larger than the heap.
 */
public final class SafeTensors {
  private SafeTensors() {}

  /**
   * What the header says of one tensor.
   *
   * @param dtype the format's name: {@code F32}, {@code BF16}
   * @param shape the sizes; empty for 0-D
   * @param bytes the length of its data
   */
  public record Entry(String name, String dtype, List<Long> shape, long bytes) {}

  /**
   * Writes the values of the tensors; the stream stays open. The same tensors and metadata give the
   * same bytes, whatever the order of the maps.
   *
   * @param tensors any type, shape and strides, by name
   * @param metadata free text by name; {@code format=pt} is what PyTorch's users expect
   * @throws DataException for a name that the format cannot hold
   */
  public static void write(
      OutputStream out, Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    Map<String, String> sorted = new TreeMap<>(SafeTensorsHeader.BY_BYTES);
    metadata.forEach((key, value) -> sorted.put(checked(key), checked(value)));
    List<Map.Entry<String, Tensor>> ordered = ordered(tensors);
    out.write(new SafeTensorsHeader(place(ordered), sorted).toBytes());
    for (Map.Entry<String, Tensor> entry : ordered) {
      try (Scope copies = Scope.temporaries()) {
        TensorData.write(out, entry.getValue().detach().contiguous());
      }
    }
    out.flush();
  }

  /** Wide types first, which keeps every tensor's data aligned; then by name. */
  private static List<Map.Entry<String, Tensor>> ordered(Map<String, Tensor> tensors) {
    List<Map.Entry<String, Tensor>> entries = new ArrayList<>(tensors.entrySet());
    Comparator<Map.Entry<String, Tensor>> byType =
        Comparator.comparing(entry -> ElementType.of(entry.getValue().dtype()));
    entries.sort(
        byType.reversed().thenComparing(Map.Entry.comparingByKey(SafeTensorsHeader.BY_BYTES)));
    return entries;
  }

  private static List<Item> place(List<Map.Entry<String, Tensor>> entries) {
    List<Item> items = new ArrayList<>();
    long at = 0;
    for (Map.Entry<String, Tensor> entry : entries) {
      String name = checked(entry.getKey());
      if (name.equals(SafeTensorsHeader.METADATA)) {
        throw new DataException("safetensors: no tensor can have the name " + name);
      }
      Tensor tensor = entry.getValue();
      List<Long> shape = Arrays.stream(tensor.shape()).boxed().toList();
      long end = at + tensor.numel() * tensor.dtype().size();
      items.add(new Item(name, ElementType.of(tensor.dtype()), shape, at, end));
      at = end;
    }
    return items;
  }

  private static String checked(String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new DataException(
          "safetensors: " + quote(text) + " has half a surrogate pair, which UTF-8 cannot hold");
    }
    return text;
  }

  /**
   * Reads a whole file; the stream is read to its end and closed. The tensors belong to the open
   * {@link Scope} if there is one.
   *
   * @param name of the file, for errors
   * @return the tensors by name, in the order of the file
   * @throws DataException also for a tensor of a type that the engine does not have; {@link
   *     #readHeader} lists such files
   */
  public static Map<String, Tensor> read(InputStream in, String name) throws IOException {
    try (in) {
      List<Item> items = SafeTensorsHeader.read(in, name).tensors();
      for (Item item : items) {
        dtype(item, name);
      }
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      boolean complete = false;
      try {
        for (Item item : items) {
          tensors.put(item.name(), read(in, item, name));
        }
        requireEnd(in, name, items.isEmpty() ? 0 : items.get(items.size() - 1).end());
        complete = true;
      } finally {
        if (!complete) {
          tensors.values().forEach(tensor -> tensor.strided().storage().close());
        }
      }
      return tensors;
    }
  }

  private static Tensor read(InputStream in, Item item, String file) throws IOException {
    Function<String, DataException> fault = what -> fault(file, item.name(), what);
    return new TensorData(in, dtype(item, file), item.shape(), false, fault).read();
  }

  /** The metadata, empty where there is none; reads the header only, and closes the stream. */
  public static Map<String, String> readMetadata(InputStream in, String name) throws IOException {
    try (in) {
      return SafeTensorsHeader.read(in, name).metadata();
    }
  }

  /**
   * Lists the tensors, of any type, in the order of their data; reads the header only, and closes
   * the stream. Whether the data is complete is not looked at.
   */
  public static List<Entry> readHeader(InputStream in, String name) throws IOException {
    try (in) {
      return SafeTensorsHeader.read(in, name).tensors().stream()
          .map(item -> new Entry(item.name(), item.type().name(), item.shape(), item.bytes()))
          .toList();
    }
  }

  private static DType dtype(Item item, String file) {
    @Nullable DType dtype = item.type().dtype();
    if (dtype == null) {
      throw fault(
          file,
          item.name(),
          "the dtype "
              + item.type()
              + " cannot be read; expected one of BOOL, U8, I8, I16, F16, BF16, I32, F32, F64 and"
              + " I64. Convert the file first, such as with tensor.to(torch.float32) in PyTorch");
    }
    return dtype;
  }

  private static void requireEnd(InputStream in, String file, long expected) throws IOException {
    long more = TensorData.drain(in);
    if (more > 0) {
      throw new DataException(
          file
              + ": the header describes "
              + expected
              + " bytes of data, and more follow: got "
              + (expected + more)
              + "; is the file damaged?");
    }
  }
}
