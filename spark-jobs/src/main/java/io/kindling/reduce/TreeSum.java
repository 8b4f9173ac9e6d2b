package io.kindling.reduce;

import io.kindling.core.KindlingException;
import java.io.ByteArrayInputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.StreamCorruptedException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The sum of the results of shards 0..S-1 with the same bits however the shards were spread over
 * partitions, in whatever order they come, and whether some come twice.
 *
 * <p>Floating-point addition is not associative, so the order is fixed by one binary tree over the
 * shard index. Node k of level l covers the shards [k 2^l, (k+1) 2^l) that exist and is its left
 * child plus its right child; where the right child covers no shard, it is the left child itself.
 * (The same tree is had by splitting every range at the largest power of two below its size.) A
 * contiguous range of shards is at most 2 log2(S) whole subtrees of it, so that a partition sends a
 * few partial sums and not one gradient a shard:
 *
 * <pre>
 *            +                S = 6: ((0+1) + (2+3)) + (4+5)
 *        +       \
 *      +   +      +
 *     0 1 2 3    4 5
 * </pre>
 *
 * <p>What is held are the sums of the largest complete subtrees; siblings are added as soon as both
 * are there. A shard that is present already is dropped: a second result of the same shard and step
 * (a speculative or retried task) has the same bits, because a replica is a pure function.
 *
 * <p>Ownership: a result that was added belongs to the sum, which may add into its arrays in place;
 * a sum that was merged into another is empty afterwards. Not safe for use by several threads.
 */
public final class TreeSum implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int NAMED_MISSING = 16;

  private transient int shards;
  // By the first shard that the subtree covers; subtrees never overlap. A map, because a task holds
  // few of many shards: what a sum costs depends on what it holds and not on the size of the tree.
  private transient NavigableMap<Integer, Subtree> subtrees;

  /** The sum of a complete subtree; {@code level} is the highest whose node it is. */
  private record Subtree(int level, ShardResult sum) {}

  /** An empty sum over {@code shards} shards, at least 1. */
  public TreeSum(int shards) {
    if (shards < 1) {
      throw new KindlingException("TreeSum: expected at least 1 shard, got " + shards);
    }
    this.shards = shards;
    this.subtrees = new TreeMap<>();
  }

  /** How many shards the whole tree has. */
  public int shards() {
    return shards;
  }

  /**
   * Adds a shard's result, and takes it over. Dropped where the shard is present.
   *
   * @return this
   * @throws KindlingException if there is no such shard
   * @throws io.kindling.core.ShapeException if the sizes of two results differ
   */
  public TreeSum add(int shard, ShardResult result) {
    requireShard(shard);
    insert(shard, new Subtree(0, result));
    return this;
  }

  /**
   * Adds all that {@code other} holds and leaves it empty.
   *
   * @return this
   * @throws KindlingException if the two are not over the same number of shards
   * @throws io.kindling.core.ShapeException if the sizes of two results differ
   */
  public TreeSum merge(TreeSum other) {
    if (other.shards != shards) {
      throw new KindlingException(
          "TreeSum: cannot merge sums over " + shards + " and " + other.shards + " shards");
    }
    if (other == this) {
      return this;
    }
    other.subtrees.forEach(this::insert);
    other.subtrees.clear();
    return this;
  }

  /** Whether this shard's result is in the sum. */
  public boolean contains(int shard) {
    requireShard(shard);
    Map.Entry<Integer, Subtree> before = subtrees.floorEntry(shard);
    return before != null && shard < before.getKey() + (1L << before.getValue().level);
  }

  /** The shards that are not in the sum yet, in order; empty when it is complete. */
  public List<Integer> missing() {
    List<Integer> missing = new ArrayList<>();
    for (int shard = 0; shard < shards; shard++) {
      if (!contains(shard)) {
        missing.add(shard);
      }
    }
    return missing;
  }

  /** Whether every shard is in. */
  public boolean isComplete() {
    Subtree root = subtrees.get(0);
    return root != null && root.level == rootLevel();
  }

  /**
   * The sum over all shards; its arrays are this object's own.
   *
   * @throws KindlingException if shards are missing; it names them
   */
  public ShardResult total() {
    Subtree root = subtrees.get(0);
    if (root == null || root.level < rootLevel()) {
      List<Integer> missing = missing();
      throw new KindlingException(
          String.format(
              "TreeSum: %d of %d shards are missing: %s%s; a step needs every shard's result",
              missing.size(),
              shards,
              missing.subList(0, Math.min(NAMED_MISSING, missing.size())),
              missing.size() > NAMED_MISSING ? " and more" : ""));
    }
    return root.sum;
  }

  /** Writes the shards' number and the held subtrees; arrays go as little-endian bytes. */
  public void writeTo(DataOutput out) throws IOException {
    writeTo(out, 0, Integer.MAX_VALUE);
  }

  /**
   * As {@link #writeTo(DataOutput)}, of each result only the numbers from {@code from} to before
   * {@code to}, counted through the gradient and then the buffers; its counts are in every such
   * slice. A sum of slices has the bits of the slice of the sum.
   */
  public void writeTo(DataOutput out, int from, int to) throws IOException {
    out.writeInt(shards);
    for (Map.Entry<Integer, Subtree> entry : subtrees.entrySet()) {
      Subtree subtree = entry.getValue();
      out.writeInt(entry.getKey());
      out.writeByte(subtree.level);
      int length = subtree.sum.length();
      subtree.sum.writeTo(out, Math.min(from, length), Math.min(to, length));
    }
    out.writeInt(shards);
  }

  /** As {@link #writeTo(DataOutput, int, int)}, into an array of exactly that size. */
  public byte[] toBytes(int from, int to) {
    long size = 2 * Integer.BYTES;
    for (Subtree subtree : subtrees.values()) {
      size += subtree.sum.wireBytes(from, to) + Integer.BYTES + 1;
    }
    byte[] bytes = new byte[Math.toIntExact(size)];
    try (ArrayOutput out = new ArrayOutput(bytes)) {
      writeTo(new DataOutputStream(out), from, to);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail to be written", e);
    }
    return bytes;
  }

  /** What it holds is not used any more; it is empty afterwards. */
  public void release() {
    subtrees.values().forEach(subtree -> subtree.sum.release());
    subtrees.clear();
  }

  /** Reads what {@link #toBytes} gave. */
  public static TreeSum fromBytes(byte[] bytes) {
    try {
      return readFrom(new DataInputStream(new ByteArrayInputStream(bytes)));
    } catch (IOException e) {
      throw new UncheckedIOException("a task's partial sums cannot be read", e);
    }
  }

  /** Writes into an array that is there. */
  private static final class ArrayOutput extends OutputStream {
    private final ByteBuffer to;

    ArrayOutput(byte[] bytes) {
      this.to = ByteBuffer.wrap(bytes);
    }

    @Override
    public void write(int b) {
      to.put((byte) b);
    }

    @Override
    public void write(byte[] bytes, int from, int count) {
      to.put(bytes, from, count);
    }
  }

  /**
   * Reads what {@link #writeTo} wrote.
   *
   * @throws IOException also if it is not a sum's
   */
  public static TreeSum readFrom(DataInput in) throws IOException {
    int shards = in.readInt();
    if (shards < 1) {
      throw new StreamCorruptedException("TreeSum: a sum over " + shards + " shards");
    }
    TreeSum sum = new TreeSum(shards);
    for (int first = in.readInt(); first != shards; first = in.readInt()) {
      int level = in.readByte();
      if (first < 0
          || first > shards
          || level < 0
          || level > sum.rootLevel()
          || first >>> level << level != first
          || sum.holdsAny(first, level)) {
        throw new StreamCorruptedException(
            "TreeSum: no subtree of level " + level + " at shard " + first + " of " + shards);
      }
      sum.subtrees.put(first, new Subtree(level, ShardResult.readFrom(in)));
    }
    return sum;
  }

  private boolean holdsAny(int first, int level) {
    return contains(first) || !inside(first, level).isEmpty();
  }

  /** What is held of the shards of a subtree, where that is not the part of a larger one. */
  private Map<Integer, Subtree> inside(int first, int level) {
    return subtrees.subMap(first, (int) Math.min(Integer.MAX_VALUE, first + (1L << level)));
  }

  private void insert(int first, Subtree subtree) {
    if (contains(first) && !covers(subtree, first)) {
      return;
    }
    inside(first, subtree.level).clear();
    int level = subtree.level;
    ShardResult sum = subtree.sum;
    int start = first;
    for (; level < rootLevel(); level++) {
      int sibling = start ^ (1 << level);
      if (sibling >= shards) {
        continue;
      }
      Subtree other = subtrees.get(sibling);
      if (other == null || other.level != level) {
        break;
      }
      subtrees.remove(sibling);
      sum =
          start < sibling
              ? sum.plus(other.sum, start, sibling)
              : other.sum.plus(sum, sibling, start);
      start = Math.min(start, sibling);
    }
    subtrees.put(start, new Subtree(level, sum));
  }

  /** Whether {@code subtree} at {@code first} holds more than what is held there now. */
  private boolean covers(Subtree subtree, int first) {
    Subtree held = subtrees.get(first);
    return held != null && held.level < subtree.level;
  }

  private void requireShard(int shard) {
    if (shard < 0 || shard >= shards) {
      throw new KindlingException(
          "TreeSum: expected a shard from 0 to " + (shards - 1) + ", got " + shard);
    }
  }

  private int rootLevel() {
    return Integer.SIZE - Integer.numberOfLeadingZeros(shards - 1);
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    writeTo(out);
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    TreeSum read = readFrom(in);
    shards = read.shards;
    subtrees = read.subtrees;
  }
}
