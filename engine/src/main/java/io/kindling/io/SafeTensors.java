package io.kindling.io;

import static io.kindling.io.SafeTensorsHeader.fault;
import static io.kindling.io.SafeTensorsHeader.quote;

import io.kindling.core.DType;
import io.kindling.core.DataException;
import io.kindling.device.Scope;
import io.kindling.io.SafeTensorsHeader.Item;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
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
  private static final int PIECE = 1 << 16;

  // Larger tensors grow with what arrives: a header that lies costs no more than this.
  private static final long FIRST_ALLOCATION = 64L << 20;

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
        writeData(out, entry.getValue().detach().contiguous());
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

  private static void writeData(OutputStream out, Tensor dense) throws IOException {
    long bytes = dense.numel() * dense.dtype().size();
    byte[] piece = new byte[(int) Math.min(PIECE, bytes)];
    for (long at = 0; at < bytes; at += piece.length) {
      int n = (int) Math.min(piece.length, bytes - at);
      dense.strided().download(at, piece, 0, n);
      out.write(piece, 0, n);
    }
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
          tensors.put(item.name(), new TensorReader(in, item, name).read());
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
              + " cannot be read; expected F32, F64, I64, U8 or BOOL. Convert the file first, such"
              + " as with tensor.to(torch.float32) in PyTorch");
    }
    return dtype;
  }

  private static void requireEnd(InputStream in, String file, long expected) throws IOException {
    byte[] piece = new byte[PIECE];
    long more = 0;
    for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
      more += n;
    }
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

  /** Reads the data of one tensor. */
  private static final class TensorReader {
    private final InputStream in;
    private final Item item;
    private final String file;
    private final DType dtype;
    private final byte[] piece;
    private long filled;

    TensorReader(InputStream in, Item item, String file) {
      this.in = in;
      this.item = item;
      this.file = file;
      this.dtype = dtype(item, file);
      this.piece = new byte[(int) Math.min(PIECE, item.bytes())];
    }

    Tensor read() throws IOException {
      Tensor tensor = allocate(Math.min(item.bytes(), FIRST_ALLOCATION));
      boolean complete = false;
      try {
        fill(tensor);
        while (filled < item.bytes()) {
          Tensor larger = allocate(filled > item.bytes() / 4 ? item.bytes() : 4 * filled);
          tensor.strided().transfer(larger.strided(), filled);
          tensor.strided().storage().close();
          tensor = larger;
          fill(tensor);
        }
        complete = true;
        return tensor;
      } finally {
        if (!complete) {
          tensor.strided().storage().close();
        }
      }
    }

    /** The tensor itself, or room for the beginning of its data. */
    private Tensor allocate(long bytes) {
      return bytes == item.bytes()
          ? Tensors.empty(dtype, item.shape().stream().mapToLong(Long::longValue).toArray())
          : Tensors.empty(DType.UINT8, bytes);
    }

    private void fill(Tensor tensor) throws IOException {
      long room = tensor.numel() * tensor.dtype().size();
      while (filled < room) {
        int n = in.readNBytes(piece, 0, (int) Math.min(piece.length, room - filled));
        requirePiece(n);
        tensor.strided().upload(piece, 0, n, filled);
        filled += n;
      }
    }

    private void requirePiece(int n) {
      if (n == 0) {
        throw fault(
            file,
            item.name(),
            "truncated: expected "
                + item.bytes()
                + " bytes of data, got "
                + filled
                + "; fetch it again");
      }
      if (dtype == DType.BOOL) {
        requireBools(n);
      }
    }

    private void requireBools(int n) {
      for (int i = 0; i < n; i++) {
        if (piece[i] != 0 && piece[i] != 1) {
          throw fault(
              file,
              item.name(),
              "element "
                  + (filled + i)
                  + " of its BOOL data is "
                  + (piece[i] & 0xFF)
                  + ", expected 0 or 1");
        }
      }
    }
  }
}
