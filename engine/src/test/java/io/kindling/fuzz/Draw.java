package io.kindling.fuzz;

import io.kindling.core.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Draws the arguments of calls: variables of the program so far, or new leaves. It knows the shapes
 * because libtorch runs the program while it is drawn.
 */
final class Draw {
  private static final DType[] FLOATING =
      Arrays.stream(DType.values()).filter(DType::isFloatingPoint).toArray(DType[]::new);

  /** No call takes an argument of more elements, so that no program grows without end. */
  private static final long LARGEST = 400;

  final Random random;
  final Theirs oracle = new Theirs();
  final List<Step> steps = new ArrayList<>();

  /** The type of most leaves, or null for any. */
  private final @Nullable DType home;

  /** How often an argument is drawn that does not fit. */
  private final double wild;

  private int next;

  Draw(long seed, boolean single) {
    random = new Random(seed);
    home = single && random.nextInt(3) > 0 ? null : FLOATING[random.nextInt(FLOATING.length)];
    wild = single ? 0.06 : 0.01;
  }

  // ---- chance

  boolean chance(double p) {
    return random.nextDouble() < p;
  }

  boolean wild() {
    return chance(wild);
  }

  /** From {@code low} to {@code high}, both included. */
  long between(long low, long high) {
    return low + random.nextInt((int) (high - low + 1));
  }

  @SafeVarargs
  final <T> T of(T... some) {
    return some[random.nextInt(some.length)];
  }

  /** A number as users write them: mostly small. */
  Number number() {
    if (chance(0.06)) {
      return of(
          Double.NaN, Double.POSITIVE_INFINITY, -0.0, 1e30, 1L << 40, (1L << 53) + 1, 300L, -200L);
    }
    return chance(0.5) ? (Number) between(-3, 3) : of(0.5, 2.0, -1.5, 0.1, 3.0, -0.25);
  }

  DType dtype() {
    return home != null && chance(0.85) ? home : of(DType.values());
  }

  DType floatingType() {
    return home != null && chance(0.9) ? home : FLOATING[random.nextInt(FLOATING.length)];
  }

  long[] shape() {
    return shape(chance(0.1) ? 0 : (int) between(1, 4));
  }

  long[] shape(int rank) {
    long[] s = new long[rank];
    long room = 72;
    for (int d = 0; d < rank; d++) {
      s[d] = chance(0.03) ? 0 : chance(0.2) ? 1 : Math.min(Math.max(1, room), between(2, 5));
      room /= Math.max(1, s[d]);
    }
    if (rank > 0 && chance(0.01)) {
      s[rank - 1] = between(60, 90);
    }
    return s;
  }

  /** A shape that broadcasts with {@code other}, mostly to the same. */
  long[] partner(long[] other) {
    if (wild()) {
      return shape();
    }
    if (chance(0.5)) {
      return other;
    }
    int drop = other.length == 0 ? 0 : random.nextInt(other.length + 1);
    long[] s = Arrays.copyOfRange(other, chance(0.5) ? 0 : drop, other.length);
    for (int d = 0; d < s.length; d++) {
      s[d] = chance(0.2) ? 1 : s[d];
    }
    return s;
  }

  /** A dimension of {@code x}, from the front or the back. */
  long dim(int x) {
    int rank = rank(x);
    if (wild()) {
      return between(-rank - 1, rank);
    }
    return rank == 0 ? between(-1, 0) : between(-rank, rank - 1);
  }

  /** Some different dimensions of {@code x}. */
  long[] dims(int x) {
    List<Long> out = new ArrayList<>();
    for (long d = 0; d < rank(x); d++) {
      if (chance(0.5)) {
        out.add(chance(0.3) ? d - rank(x) : d);
      }
    }
    if (wild()) {
      out.add(dim(x));
    }
    java.util.Collections.shuffle(out, random);
    return out.stream().mapToLong(Long::longValue).toArray();
  }

  // ---- variables

  Tensor tensor(int v) {
    return java.util.Objects.requireNonNull(oracle.variables.get(v));
  }

  long[] shapeOf(int v) {
    return Theirs.shape(tensor(v));
  }

  int rank(int v) {
    return (int) tensor(v).dim();
  }

  DType typeOf(int v) {
    return Theirs.type(tensor(v));
  }

  /** One of the variables for which {@code fits}, late ones sooner; -1 for none. */
  int existing(Predicate<Tensor> fits) {
    List<Integer> all = new ArrayList<>();
    oracle.variables.forEach(
        (v, t) -> {
          if (t.numel() <= LARGEST && fits.test(t)) {
            all.add(v);
          }
        });
    if (all.isEmpty()) {
      return -1;
    }
    int n = all.size();
    return all.get(Math.max(random.nextInt(n), random.nextInt(n)));
  }

  int any() {
    int v = chance(0.85) ? existing(t -> true) : -1;
    return v >= 0 ? v : leaf(dtype(), shape());
  }

  int floating() {
    if (wild()) {
      return any();
    }
    int v = chance(0.85) ? existing(t -> Theirs.type(t).isFloatingPoint()) : -1;
    return v >= 0 ? v : leaf(floatingType(), shape());
  }

  /** One that broadcasts with {@code x}. */
  int like(int x) {
    if (chance(0.05)) {
      return x;
    }
    long[] want = partner(shapeOf(x));
    DType type = chance(0.75) ? typeOf(x) : dtype();
    return shaped(type, want);
  }

  /** One of this type and shape. */
  int shaped(DType type, long... shape) {
    int v =
        chance(0.6)
            ? existing(t -> Theirs.type(t) == type && Arrays.equals(Theirs.shape(t), shape))
            : -1;
    return v >= 0 ? v : leaf(wild() ? of(DType.values()) : type, shape);
  }

  /** One of this rank. */
  int ranked(DType type, int rank) {
    int v = chance(0.7) ? existing(t -> t.dim() == rank && Theirs.type(t) == type) : -1;
    return v >= 0 ? v : leaf(type, shape(rank));
  }

  // ---- leaves

  int leaf(DType type, long... shape) {
    Data.Kind kind =
        chance(0.6)
            ? Data.Kind.PLAIN
            : of(Data.Kind.POSITIVE, Data.Kind.POSITIVE, Data.Kind.TIES, Data.Kind.EDGES);
    return leaf(type, kind, random.nextInt(1000), shape);
  }

  /** int64 positions in a dimension of {@code size}. */
  int positions(long size, long... shape) {
    return positions(DType.INT64, size, shape);
  }

  int positions(DType type, long size, long... shape) {
    return leaf(type, Data.Kind.POSITIONS, 100L * random.nextInt(50) + Math.min(99, size), shape);
  }

  int leaf(DType type, Data.Kind kind, long seed, long... shape) {
    List<Arrangement> fitting =
        Arrays.stream(Arrangement.values()).filter(a -> a.fits(shape.length)).toList();
    Arrangement how = chance(0.6) ? Arrangement.DENSE : fitting.get(random.nextInt(fitting.size()));
    boolean grad = type.isFloatingPoint() && chance(0.6);
    int v = next++;
    add(new Step.Leaf(v, type, shape, how, grad, new Data(kind, seed, null)));
    return v;
  }

  /** Adds a call of {@code op}. */
  void call(Op op) {
    Op.Args args = op.rule().draw(this);
    add(new Step.Call(next++, op.name(), args.tensors(), args.params()));
  }

  void add(Step s) {
    steps.add(s);
    oracle.run(s);
  }
}
