// The browser gets uPlot from the server as ./uplot.js.
export { default } from 'uplot'
