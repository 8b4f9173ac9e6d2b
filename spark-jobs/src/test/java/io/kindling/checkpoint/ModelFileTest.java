package io.kindling.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.RandomStream;
import io.kindling.io.SafeTensors;
import io.kindling.nn.Buffer;
import io.kindling.nn.Linear;
import io.kindling.nn.Module;
import io.kindling.nn.StateDictException;
import io.kindling.tensor.Generator;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A saved model")
class ModelFileTest {
  /** Its parameters are defined in another order than that of their names. */
  private static final class Net extends Module {
    private static final long serialVersionUID = 1L;

    Linear z = new Linear(2, 1);
    Linear a = new Linear(1, 1, false);
    @Buffer Tensor m = Tensors.tensor(7, 8);

    @Override
    public Tensor forward(Tensor x) {
      return a.forward(z.forward(x));
    }
  }

  private static Net net(long seed) {
    try (Generator.Guard guard = Generator.use(RandomStream.of(seed))) {
      return new Net();
    }
  }

  private static byte[] saved(Module model) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ModelFile.write(out, model, Map.of("model_class", "Net"));
    return out.toByteArray();
  }

  @Test
  @DisplayName("M03 loads back to the same bits, with its metadata")
  void roundTrip() throws IOException {
    Net one = net(1);
    byte[] bytes = saved(one);
    Net two = net(2);
    assertNotEquals(ModelFile.weightsSha256(one), ModelFile.weightsSha256(two));
    ModelFile.load(new ByteArrayInputStream(bytes), "model", two);
    assertEquals(ModelFile.weightsSha256(one), ModelFile.weightsSha256(two));
    assertArrayEquals(one.z.weight.toFloatArray(), two.z.weight.toFloatArray());
    assertEquals(
        Map.of("format", "pt", "model_class", "Net"),
        SafeTensors.readMetadata(new ByteArrayInputStream(bytes), "model"));
  }

  @Test
  @DisplayName("the hash is over little-endian values in the order of the names, buffers included")
  void hash() throws Exception {
    Net net = net(3);
    ByteBuffer bytes = ByteBuffer.allocate(4 + 16 + 4 + 8).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putFloat(net.a.weight.toFloatArray()[0]);
    bytes.putLong(7).putLong(8);
    bytes.putFloat(net.z.bias.toFloatArray()[0]);
    for (float weight : net.z.weight.toFloatArray()) {
      bytes.putFloat(weight);
    }
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes.array());
    assertEquals(HexFormat.of().formatHex(digest), ModelFile.weightsSha256(net));
  }

  private static final class OneBuffer extends Module {
    private static final long serialVersionUID = 1L;

    @Buffer Tensor b;

    OneBuffer(Tensor b) {
      this.b = b;
    }

    @Override
    public Tensor forward(Tensor x) {
      return x;
    }
  }

  @ParameterizedTest
  @DisplayName("the hash has every byte of every type")
  @CsvSource({
    "BOOL, 0101",
    "UINT8, 0102",
    "INT8, 0102",
    "INT16, 01000200",
    "INT32, 0100000002000000",
    "INT64, 01000000000000000200000000000000",
    "FLOAT16, 003c0040",
    "BFLOAT16, 803f0040",
    "FLOAT32, 0000803f00000040",
    "FLOAT64, 000000000000f03f0000000000000040"
  })
  void hashOfTypes(DType dtype, String bytes) throws Exception {
    Module module = new OneBuffer(Tensors.fromArray(new int[] {1, 2}, dtype, 2));
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(HexFormat.of().parseHex(bytes));
    assertEquals(HexFormat.of().formatHex(digest), ModelFile.weightsSha256(module));
  }

  @Test
  @DisplayName("another model's file is refused with every difference")
  void another() throws IOException {
    byte[] bytes = saved(new Linear(3, 2));
    StateDictException e =
        assertThrows(
            StateDictException.class,
            () -> ModelFile.load(new ByteArrayInputStream(bytes), "model", net(1)));
    assertTrue(e.getMessage().contains("Missing key(s)"), e.getMessage());
    assertTrue(e.getMessage().contains("Unexpected key(s)"), e.getMessage());
  }
}
