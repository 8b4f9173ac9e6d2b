package io.kindling.reduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import io.kindling.core.KindlingException;
import io.kindling.core.RandomStream;
import io.kindling.core.ShapeException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The exact gradient sum")
class TreeSumTest {
  private static final int PARAMETERS = 37;
  private static final int BUFFERS = 5;

  @Test
  @DisplayName("is the tree of its documentation: ((0+1)+(2+3))+(4+5) for six shards")
  void documentedTree() {
    float[] v = new float[6];
    RandomStream.of(1).fillGaussian(v, 0, 1e4);
    TreeSum sum = new TreeSum(6);
    for (int shard : new int[] {5, 0, 3, 1, 4, 2}) {
      sum.add(shard, result(new float[] {v[shard]}));
    }
    float left = (v[0] + v[1]) + (v[2] + v[3]);
    assertBits(new float[] {left + (v[4] + v[5])}, sum.total().gradient());
  }

  @ParameterizedTest(name = "{0} shards")
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 64, 100})
  @DisplayName("has the bits of a plain recursive loop for every order, partitioning and copy")
  void sameBits(int shards) throws Exception {
    ShardResult expected = loop(0, shards, shards);
    for (int trial = 0; trial < 60; trial++) {
      RandomStream random = RandomStream.of(99, shards, trial);
      int partitions = 1 + random.nextInt(shards + 2);
      List<TreeSum> sums = new ArrayList<>();
      for (int i = 0; i < partitions; i++) {
        sums.add(new TreeSum(shards));
      }
      for (int shard : random.permutation(shards)) {
        // Some shards are computed twice, as by speculative tasks, in the same or another place.
        for (int copies = random.nextInt(3) == 0 ? 2 : 1; copies > 0; copies--) {
          sums.get(random.nextInt(partitions)).add(shard, shardResult(shard, shards));
        }
      }
      assertSameBits(expected, mergeAll(sums, random).total());
    }
  }

  @ParameterizedTest(name = "{0} shards")
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
  @DisplayName("has the same bits for every split into contiguous partitions")
  void contiguousPartitions(int shards) throws Exception {
    ShardResult expected = loop(0, shards, shards);
    RandomStream random = RandomStream.of(3, shards);
    for (int cuts = 0; cuts < 1 << (shards - 1); cuts++) {
      List<TreeSum> sums = new ArrayList<>(List.of(new TreeSum(shards)));
      for (int shard = 0; shard < shards; shard++) {
        sums.get(sums.size() - 1).add(shard, shardResult(shard, shards));
        if ((cuts >> shard & 1) == 1) {
          sums.add(new TreeSum(shards));
        }
      }
      assertSameBits(expected, mergeAll(sums, random).total());
    }
  }

  @Test
  @DisplayName("has the same bits for all 5040 orders of seven shards")
  void allOrders() {
    ShardResult expected = loop(0, 7, 7);
    int[] order = {0, 1, 2, 3, 4, 5, 6};
    permute(
        order,
        0,
        () -> {
          TreeSum sum = new TreeSum(7);
          for (int shard : order) {
            assertFalse(sum.isComplete());
            sum.add(shard, shardResult(shard, 7));
          }
          assertSameBits(expected, sum.total());
        });
  }

  @Test
  @DisplayName("costs what it holds, and not what the tree is large")
  void costsWhatItHolds() throws IOException {
    int shards = 1 << 30;
    TreeSum sum = new TreeSum(shards);
    for (int part = 0; part < 1000; part++) {
      TreeSum task = new TreeSum(shards);
      for (int shard = 20 * part; shard < 20 * part + 20; shard++) {
        task.add(shard, shard % 2 == 0 ? result(new float[] {1}) : ShardResult.empty());
      }
      byte[] bytes = task.toBytes(0, Integer.MAX_VALUE);
      assertTrue(bytes.length < 500, "neighbours that give nothing do not keep others apart");
      sum.merge(TreeSum.fromBytes(bytes));
    }
    assertTrue(sum.contains(19_999));
    assertFalse(sum.contains(20_000));
  }

  @Test
  @DisplayName("the order of the tree matters for the test's values, so that the tests can fail")
  void valuesCancel() {
    float[] inOrder = new float[PARAMETERS];
    for (int shard = 0; shard < 8; shard++) {
      float[] gradient = shardResult(shard, 8).gradient();
      for (int i = 0; i < PARAMETERS; i++) {
        inOrder[i] += gradient[i];
      }
    }
    assertFalse(Arrays.equals(inOrder, loop(0, 8, 8).gradient()));
  }

  @Test
  @DisplayName("shards without examples and partitions without shards change no bit")
  void neutral() {
    TreeSum sum = new TreeSum(4).add(0, ShardResult.empty()).add(2, ShardResult.empty());
    sum.add(3, result(new float[] {-0f, 3})).merge(new TreeSum(4));
    sum.add(1, ShardResult.empty());
    assertBits(new float[] {-0f, 3}, sum.total().gradient());
    TreeSum none = new TreeSum(2).add(1, ShardResult.empty()).add(0, ShardResult.empty());
    assertEquals(0, none.total().gradient().length);
    assertEquals(0, none.total().examples());
  }

  @Test
  @DisplayName("losses may be summed without gradients")
  void withoutGradient() {
    TreeSum sum = new TreeSum(2);
    sum.add(0, new ShardResult(new float[0], 1.5, 10, 7, new float[0]));
    sum.add(1, new ShardResult(new float[0], 2.25, 11, 9, new float[0]));
    assertEquals(3.75, sum.total().lossSum());
    assertEquals(21, sum.total().examples());
    assertEquals(16, sum.total().correct());
  }

  @Test
  @DisplayName("a copy of a shard is dropped, also when it was added into a subtree already")
  void duplicates() {
    TreeSum sum = new TreeSum(4);
    for (int shard : new int[] {0, 1, 0, 1, 2, 2}) {
      sum.add(shard, result(new float[] {1}));
    }
    TreeSum again = new TreeSum(4);
    for (int shard : new int[] {0, 1, 2, 3}) {
      again.add(shard, result(new float[] {1}));
    }
    assertTrue(again.isComplete());
    sum.merge(again);
    assertEquals(4, sum.total().examples());
    assertBits(new float[] {4}, sum.total().gradient());
    assertSame(sum, sum.merge(sum));
    assertTrue(sum.isComplete());
  }

  @Test
  @DisplayName("a merged sum is left empty")
  void mergeEmpties() {
    TreeSum other = new TreeSum(3).add(1, result(new float[] {1}));
    TreeSum sum = new TreeSum(3).merge(other);
    assertEquals(List.of(0, 1, 2), other.missing());
    assertEquals(List.of(0, 2), sum.missing());
    assertTrue(sum.contains(1));
  }

  @Test
  @DisplayName("a contiguous range is sent as few subtrees")
  void partialSumsCombine() throws IOException {
    TreeSum sum = new TreeSum(64);
    for (int shard = 1; shard < 63; shard++) {
      sum.add(shard, result(new float[1000]));
    }
    // 62 shards as ten subtrees: 1 2-3 4-7 8-15 16-31 and their mirror image.
    assertTrue(wire(sum).length < 11 * 4100, () -> "wire form is too long");
  }

  @Test
  @DisplayName("an incomplete sum names the missing shards")
  void missing() {
    TreeSum sum = new TreeSum(8);
    for (int shard : new int[] {0, 1, 2, 4, 6, 7}) {
      sum.add(shard, result(new float[] {1}));
    }
    assertEquals(List.of(3, 5), sum.missing());
    KindlingException e = assertThrows(KindlingException.class, sum::total);
    assertEquals(
        "TreeSum: 2 of 8 shards are missing: [3, 5]; a step needs every shard's result",
        e.getMessage());
    KindlingException many = assertThrows(KindlingException.class, new TreeSum(100)::total);
    assertEquals(
        "TreeSum: 100 of 100 shards are missing: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,"
            + " 14, 15] and more; a step needs every shard's result",
        many.getMessage());
  }

  @Test
  @DisplayName("gradients of different sizes are an error that names the shards")
  void sizesDiffer() {
    TreeSum sum = new TreeSum(4).add(3, result(new float[] {1, 2}));
    ShapeException e =
        assertThrows(ShapeException.class, () -> sum.add(2, result(new float[] {1})));
    assertEquals(
        "TreeSum: the gradient of shard 2 has the shape [1] and that of shard 3 has [2]; every"
            + " replica must build the same model",
        e.getMessage());
  }

  @Test
  @DisplayName("shards outside the tree and sums over other trees are errors")
  void misuse() {
    TreeSum sum = new TreeSum(4);
    assertMessage(
        "TreeSum: expected a shard from 0 to 3, got 4", () -> sum.add(4, ShardResult.empty()));
    assertMessage("TreeSum: expected a shard from 0 to 3, got -1", () -> sum.contains(-1));
    assertMessage(
        "TreeSum: cannot merge sums over 4 and 5 shards", () -> sum.merge(new TreeSum(5)));
    assertMessage("TreeSum: expected at least 1 shard, got 0", () -> new TreeSum(0));
  }

  @Test
  @DisplayName("partial sums survive Java serialization, Kryo and the wire form with their bits")
  void roundTrips() throws Exception {
    ShardResult expected = loop(0, 6, 6);
    for (Copier copier :
        List.<Copier>of(TreeSumTest::java, TreeSumTest::kryo, s -> read(wire(s)))) {
      TreeSum sum = new TreeSum(6);
      for (int shard : new int[] {5, 1, 2, 3}) {
        sum = copier.copy(sum.add(shard, shardResult(shard, 6)));
      }
      assertEquals(List.of(0, 4), sum.missing());
      sum = copier.copy(sum.add(0, shardResult(0, 6)).add(4, shardResult(4, 6)));
      assertSameBits(expected, sum.total());
    }
  }

  @Test
  @DisplayName("arrays longer than the conversion buffer go through whole, as little-endian bytes")
  void longArrays() throws IOException {
    float[] values = new float[50_001];
    RandomStream.of(8).fillGaussian(values, 0, 1);
    values[7] = Float.intBitsToFloat(0x7fc12345);
    TreeSum sum = new TreeSum(1).add(0, result(values));
    byte[] wire = wire(sum);
    assertBits(values, read(wire).total().gradient());
    // shards, first shard, level and length go before.
    ByteBuffer bytes = ByteBuffer.wrap(wire, 13, 4).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(values[0], bytes.getFloat());
  }

  @Test
  @DisplayName("a damaged wire form is an IOException")
  void damagedWire() throws IOException {
    byte[] wire = wire(new TreeSum(3).add(1, result(new float[] {1})));
    assertThrows(EOFException.class, () -> read(Arrays.copyOf(wire, wire.length - 1)));
    assertThrows(StreamCorruptedException.class, () -> read(new byte[] {0, 0, 0, 0}));
    wire[8] = 77;
    assertThrows(StreamCorruptedException.class, () -> read(wire));
  }

  private interface Copier {
    TreeSum copy(TreeSum sum) throws Exception;
  }

  /** What the class must equal: the tree written as a recursion over ranges. */
  private static ShardResult loop(int low, int high, int shards) {
    if (high - low == 1) {
      return shardResult(low, shards);
    }
    int middle = low + Integer.highestOneBit(high - low - 1);
    ShardResult left = loop(low, middle, shards);
    ShardResult right = loop(middle, high, shards);
    return new ShardResult(
        added(left.gradient(), right.gradient()),
        left.lossSum() + right.lossSum(),
        left.examples() + right.examples(),
        left.correct() + right.correct(),
        added(left.buffers(), right.buffers()));
  }

  private static float[] added(float[] left, float[] right) {
    float[] sum = new float[left.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = left[i] + right[i];
    }
    return sum;
  }

  /** Values of many magnitudes and both signs, which cancel: every order gives other bits. */
  private static ShardResult shardResult(int shard, int shards) {
    RandomStream random = RandomStream.of(5, shards, shard);
    float[] gradient = new float[PARAMETERS];
    for (int i = 0; i < PARAMETERS; i++) {
      gradient[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(17) - 8));
    }
    gradient[0] = new float[] {1e8f, 1f, -1e8f, 1e-8f}[shard % 4];
    gradient[1] = shard % 2 == 0 ? 3e38f : -3e38f;
    gradient[2] = -0f;
    gradient[3] = shard == 2 ? Float.NEGATIVE_INFINITY : Float.MIN_VALUE;
    float[] buffers = new float[BUFFERS];
    random.fillGaussian(buffers, 0, 1e6);
    return new ShardResult(gradient, random.nextGaussian() * 1e12, shard + 1, shard, buffers);
  }

  private static ShardResult result(float[] gradient) {
    return new ShardResult(gradient, 1, 1, 1, new float[0]);
  }

  /** Merges random pairs until one is left, sending some of them over the wire. */
  private static TreeSum mergeAll(List<TreeSum> sums, RandomStream random) throws IOException {
    while (sums.size() > 1) {
      TreeSum one = sums.remove(random.nextInt(sums.size()));
      int into = random.nextInt(sums.size());
      TreeSum sent = random.nextInt(2) == 0 ? read(wire(one)) : one;
      sums.set(into, sums.get(into).merge(sent));
    }
    return sums.get(0);
  }

  private static void permute(int[] values, int fixed, Runnable visit) {
    if (fixed == values.length) {
      visit.run();
      return;
    }
    for (int i = fixed; i < values.length; i++) {
      swap(values, fixed, i);
      permute(values, fixed + 1, visit);
      swap(values, fixed, i);
    }
  }

  private static void swap(int[] values, int i, int j) {
    int value = values[i];
    values[i] = values[j];
    values[j] = value;
  }

  private static void assertSameBits(ShardResult expected, ShardResult actual) {
    assertBits(expected.gradient(), actual.gradient());
    assertBits(expected.buffers(), actual.buffers());
    assertEquals(
        Double.doubleToRawLongBits(expected.lossSum()),
        Double.doubleToRawLongBits(actual.lossSum()));
    assertEquals(expected.examples(), actual.examples());
    assertEquals(expected.correct(), actual.correct());
  }

  private static void assertBits(float[] expected, float[] actual) {
    assertArrayEquals(bits(expected), bits(actual));
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  private static void assertMessage(String message, Runnable action) {
    assertEquals(message, assertThrows(KindlingException.class, action::run).getMessage());
  }

  private static byte[] wire(TreeSum sum) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    sum.writeTo(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  private static TreeSum read(byte[] wire) throws IOException {
    return TreeSum.readFrom(new DataInputStream(new ByteArrayInputStream(wire)));
  }

  private static TreeSum java(TreeSum sum) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(sum);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (TreeSum) in.readObject();
    }
  }

  private static TreeSum kryo(TreeSum sum) {
    Kryo kryo = new Kryo();
    kryo.setRegistrationRequired(true);
    kryo.register(TreeSum.class, new TreeSumSerializer());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Output out = new Output(bytes, 64)) {
      kryo.writeClassAndObject(out, sum);
    }
    try (Input in = new Input(new ByteArrayInputStream(bytes.toByteArray()), 64)) {
      return (TreeSum) kryo.readClassAndObject(in);
    }
  }
}
