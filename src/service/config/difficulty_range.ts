/**
 * Difficulty 1 is 8,192 solutions. A millionth asks for less than one solution, the easiest target
 * there is; 10^12 is a thousand times the network's.
 */
export const DIFFICULTY_RANGE = { min: 0.000001, max: 1_000_000_000_000 };
