import "./administration.css";
