// Stands in for chronyc on a node whose clock follows Amazon's: `chronyc -c tracking`. Source: chronyc(1), "tracking".
process.stdout.write(
  `A9FEA97B,169.254.169.123,4,${(Date.now() / 1000).toFixed(9)},0.000012000,0.000003000,0.000020000,-12.500,0.001,0.020,0.000400000,0.000150000,16.2,Normal\n`,
);
