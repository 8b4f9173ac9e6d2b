package io.kindling.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import io.kindling.core.DataException;
import io.kindling.core.ShapeException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.objenesis.strategy.StdInstantiatorStrategy;

@DisplayName("A packed shard")
class PackedShardTest {
  private static final PackedShard SHARD =
      new PackedShard(
          5,
          3,
          new int[] {2, 2},
          new byte[] {0, 1, 2, 3, 10, 11, 12, 13, -1, -2, -3, -4},
          new int[] {7, 0, 2});

  @Test
  @DisplayName("gathers rows in the order asked for into the start of a larger buffer")
  void gathers() {
    int[] rows = {1, 2, 0, 2};
    byte[] features = new byte[9];
    SHARD.gatherFeatures(rows, 1, 3, features);
    assertArrayEquals(new byte[] {-1, -2, -3, -4, 0, 1, 2, 3, 0}, features);
    long[] labels = new long[3];
    SHARD.gatherLabels(rows, 1, 3, labels);
    assertArrayEquals(new long[] {2, 7, 0}, labels);
    assertEquals(4, SHARD.exampleSize());
  }

  @Test
  @DisplayName("converts by table, bytes taken as unsigned")
  void converts() {
    float[] values = new float[256];
    for (int i = 0; i < 256; i++) {
      values[i] = i / 2f;
    }
    float[] out = new float[8];
    SHARD.gatherFeatures(new int[] {2, 1}, 0, 2, values, out);
    assertArrayEquals(new float[] {127.5f, 127, 126.5f, 126, 5, 5.5f, 6, 6.5f}, out);
  }

  @Test
  @DisplayName("finds the first label outside the model's classes")
  void labelsOutside() {
    assertEquals(-1, SHARD.firstRowOutside(8));
    assertEquals(0, SHARD.firstRowOutside(7));
    PackedShard negative = new PackedShard(0, 2, new int[0], new byte[2], new int[] {0, -1});
    assertEquals(1, negative.firstRowOutside(8));
  }

  @Test
  @DisplayName("sizes that do not fit are errors")
  void badSizes() {
    DataException e =
        assertThrows(
            DataException.class,
            () -> new PackedShard(4, 2, new int[] {28, 28}, new byte[1567], new int[3]));
    assertEquals(
        "shard 4: 2 examples of shape [28, 28] need 1568 feature bytes and 2 labels, got 1567 and"
            + " 3",
        e.getMessage());
    ShapeException room =
        assertThrows(
            ShapeException.class, () -> SHARD.gatherFeatures(new int[] {0, 1}, 0, 2, new byte[7]));
    assertEquals("shard 5: gathering features needs room for 8 elements, got 7", room.getMessage());
    assertThrows(
        ShapeException.class, () -> SHARD.gatherLabels(new int[] {0, 1}, 0, 2, new long[1]));
  }

  @Test
  @DisplayName("survives Java serialization and Kryo with registration required")
  void roundTrips() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(SHARD);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertSame((PackedShard) in.readObject());
    }
    Kryo kryo = new Kryo();
    kryo.setRegistrationRequired(true);
    // As Spark's: classes without a no-argument constructor are made without one.
    kryo.setInstantiatorStrategy(new StdInstantiatorStrategy());
    kryo.register(PackedShard.class);
    kryo.register(int[].class);
    kryo.register(byte[].class);
    try (Output out = new Output(64, 1024)) {
      kryo.writeClassAndObject(out, SHARD);
      assertSame((PackedShard) kryo.readClassAndObject(new Input(out.toBytes())));
    }
  }

  private static void assertSame(PackedShard copy) {
    assertEquals(SHARD.shard(), copy.shard());
    assertEquals(SHARD.exampleCount(), copy.exampleCount());
    assertArrayEquals(SHARD.exampleShape(), copy.exampleShape());
    assertArrayEquals(SHARD.features(), copy.features());
    assertArrayEquals(SHARD.labels(), copy.labels());
  }
}
